package io.ssebridge.control;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The open streams of this node, by their ids. Any thread. */
final class OpenStreams {
    private final Map<SubscriberId, OpenStream> byId = new ConcurrentHashMap<>();

    /** Adds a stream, until it ends; called on its owner. */
    void add(OpenStream stream) {
        byId.put(stream.id(), stream);
        // Runs at once if the stream has ended already.
        stream.subscriber().onClose(() -> byId.remove(stream.id()));
    }

    Optional<OpenStream> find(SubscriberId id) {
        return Optional.ofNullable(byId.get(id));
    }
}
