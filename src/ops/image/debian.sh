#!/usr/bin/env bash
# Builds the image without a registry: from Debian's packages, the built jar, and the JDK in JAVA_HOME or on the path.
#   src/ops/image/debian.sh NAME
# Needs root, and the Debian packages buildah and mmdebstrap. STORAGE_DRIVER=vfs where there is no overlay file system.
set -euo pipefail

(($# == 1)) || { echo "usage: ${0##*/} NAME" >&2; exit 2; }
cd "$(dirname "$0")/../../.."
jar=target/sse-bridge.jar
list=target/sse-bridge.cdx.json
for file in "$jar" "$list"; do
    [[ -r $file ]] || { echo "$file: not there; mvn -q package -DskipTests, without -o" >&2; exit 2; }
done

work=$(mktemp -d)
container=$(buildah from scratch)
end() {
    buildah rm "$container" > /dev/null
    rm -rf "$work"
}
trap end EXIT
src/ops/image/runtime.sh "$jar" "$work/runtime"
# Debian's Java needs these two libraries; others bring them along.
mmdebstrap --quiet --variant=essential --include=libstdc++6,zlib1g --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --customize-hook='echo "bridge:x:10001:10001::/sse-bridge:/usr/sbin/nologin" >> "$1/etc/passwd"' \
    --customize-hook='echo "bridge:x:10001:" >> "$1/etc/group"' \
    "$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)" "$work/root.tar"
buildah add --quiet "$container" "$work/root.tar" / > /dev/null
buildah copy --quiet "$container" "$work/runtime" /sse-bridge/runtime > /dev/null
buildah copy --quiet "$container" "$jar" "$list" src/ops/image/archive.sh src/ops/image/health /sse-bridge/ > /dev/null
buildah run --isolation chroot "$container" /sse-bridge/archive.sh /sse-bridge/runtime/bin/java /sse-bridge/sse-bridge.jar
# As in the Dockerfile, line by line.
buildah config --user 10001 --workingdir /sse-bridge --port 8080 \
    --entrypoint "$(sed -n 's/^ENTRYPOINT //p' Dockerfile)" "$container"
buildah commit --quiet --format docker "$container" "$1" > /dev/null
