#!/usr/bin/env bash
# Makes a Java runtime with only the modules that the bridge needs, by jlink: about a third of a JDK.
#   src/ops/image/runtime.sh JAR DIRECTORY
# Takes the JDK in JAVA_HOME, else the one on the path. DIRECTORY must not exist.
set -euo pipefail

(($# == 2)) || { echo "usage: ${0##*/} JAR DIRECTORY" >&2; exit 2; }
jar=$1
directory=$2
bin=${JAVA_HOME:+$JAVA_HOME/bin/}
release=$("${bin}java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.specification.version = //p')

modules=$("${bin}jdeps" --multi-release "$release" --ignore-missing-deps --print-module-deps "$jar")
# No class names these, so jdeps does not find them.
# jdk.crypto.ec: elliptic curves, for TLS and for tokens. jdk.naming.dns: the name servers of the machine.
# jdk.jcmd: heap dumps and flight recordings of a running node.
modules+=,jdk.crypto.ec,jdk.naming.dns,jdk.jcmd
"${bin}jlink" --add-modules "$modules" --no-header-files --no-man-pages --output "$directory"
# Classes of the JDK, loaded in advance; the archive of a node's own classes builds upon it.
"$directory/bin/java" -Xshare:dump -Xlog:cds=off -Xlog:cds+heap=off > /dev/null
