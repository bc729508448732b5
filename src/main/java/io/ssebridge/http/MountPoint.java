package io.ssebridge.http;

import io.ssebridge.request.RequestTarget;
import java.util.List;
import java.util.Optional;

/** The beginning of the path below which the bridge is mounted. */
@FunctionalInterface
interface MountPoint {
    /**
     * Returns the segments of a path that the bridge reads; empty if the path is not below this point.
     *
     * @param segments the whole path
     */
    Optional<List<String>> rest(List<String> segments);

    /** Returns the mount point that is exactly this path. */
    static MountPoint at(String path) {
        List<String> all = RequestTarget.parse(path).segments();
        List<String> base = all.subList(0, all.size() - 1);
        return segments -> segments.size() < base.size()
                        || !segments.subList(0, base.size()).equals(base)
                ? Optional.empty()
                : Optional.of(segments.subList(base.size(), segments.size()));
    }
}
