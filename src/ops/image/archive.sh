#!/usr/bin/env bash
# Makes an archive from which a node starts fast: a node serves a load on loopback for some seconds, and stops.
#   src/ops/image/archive.sh JAVA JAR
# Writes sse-bridge.archive and java.options beside the jar. A node then starts by: java @java.options -jar JAR
# From Java 25 on the archive has loaded and linked classes, and profiles of methods, so that the compilers know earlier what
# to compile (AOT cache). Before, it has loaded classes (class data sharing). It fits to this Java, and to this jar at this path
# with its date; with others java starts without it.
set -euo pipefail

(($# == 2)) || { echo "usage: ${0##*/} JAVA JAR" >&2; exit 2; }
java=$1
jar=$(realpath "$2")
archive=${jar%/*}/sse-bridge.archive
options=${jar%/*}/java.options
release=$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.specification.version = //p')
if ((release >= 25)); then
    record=(-XX:AOTCacheOutput="$archive")
    use=-XX:AOTCache=$archive
    must=-XX:AOTMode=on
else
    record=(-XX:ArchiveClassesAtExit="$archive" -Xlog:cds=off)
    use=-XX:SharedArchiveFile=$archive
    must=-Xshare:on
fi

work=$(mktemp -d)
node=
end() {
    [[ -z $node ]] || kill -KILL "$node" 2> /dev/null || true
    rm -rf "$work"
}
trap end EXIT
fail() {
    cat "$work"/*.log >&2
    echo "${0##*/}: $1" >&2
    exit 1
}

# A cluster of its own: no node that runs on this machine joins it.
cat > "$work/config.yaml" << YAML
http: {host: 127.0.0.1, port: 0}
cluster: {name: sse-bridge-archive-$$}
channels: [{channel: "**", subscribe: public, publish: public}]
limits: {newChannelsPerIp: 0}
shutdown: {grace: 0s, drain: 0s}
YAML
rm -f "$archive" "$options"
: > "$work/node.log"
"$java" "${record[@]}" -jar "$jar" -conf "$work/config.yaml" > "$work/node.log" 2>&1 &
node=$!
url=
for ((tries = 0; tries < 600; tries++)); do
    url=$(sed -n 's|.*listening on \(http://[^ /]*\)/.*|\1|p' "$work/node.log")
    [[ -z $url ]] && kill -0 "$node" 2> /dev/null || break
    sleep 0.1
done
[[ -n $url ]] || fail "no node to learn from"

"$java" -jar "$jar" bench "$url" --channels 100 --subscribers 200 --rate 1000 --publishers 50 --warm-up 0s \
    --time "${ARCHIVE_SECONDS:-20}s" > "$work/bench.log" 2>&1 || fail "the node did not serve the load"
kill -TERM "$node"
wait "$node" || fail "the node did not stop in order"
node=
[[ -s $archive ]] || fail "java wrote no archive"
"$java" "$use" "$must" -jar "$jar" --version > "$work/use.log" 2>&1 || fail "java cannot use the archive"
chmod a+r "$archive"
echo "$use" > "$options"
