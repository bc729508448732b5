package io.ssebridge.hook;

import java.util.HashMap;
import java.util.Map;

/**
 * Services that the application implements in this JVM, by the address that rules name. They are called directly, not over the
 * event bus.
 *
 * @param authorizers decide about subscribers
 * @param snapshots give the first events of streams
 */
public record LocalServices(Map<String, Authorizer> authorizers, Map<String, SnapshotSource> snapshots) {
    /** No services. */
    public static final LocalServices NONE = new LocalServices(Map.of(), Map.of());

    /** Copies the maps. */
    public LocalServices {
        authorizers = Map.copyOf(authorizers);
        snapshots = Map.copyOf(snapshots);
    }

    /** Returns these services and one more; it replaces one with the same address. */
    public LocalServices withAuthorizer(String address, Authorizer authorizer) {
        return new LocalServices(added(authorizers, address, authorizer), snapshots);
    }

    /** Returns these services and one more, as above. */
    public LocalServices withSnapshots(String address, SnapshotSource source) {
        return new LocalServices(authorizers, added(snapshots, address, source));
    }

    private static <T> Map<String, T> added(Map<String, T> services, String address, T service) {
        Map<String, T> more = new HashMap<>(services);
        more.put(address, service);
        return more;
    }
}
