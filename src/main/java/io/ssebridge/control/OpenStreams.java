package io.ssebridge.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The open streams of this node, by their ids and their subjects. Any thread. */
final class OpenStreams {
    private final Map<SubscriberId, OpenStream> byId = new ConcurrentHashMap<>();
    // A list is changed and read only within an operation of the map on its key.
    private final Map<String, List<OpenStream>> bySubject = new ConcurrentHashMap<>();

    /** Adds a stream, until it ends; called on its owner. */
    void add(OpenStream stream) {
        byId.put(stream.id(), stream);
        stream.subject().ifPresent(subject -> put(subject, stream));
        // Runs at once if the stream has ended already.
        stream.subscriber().onClose(() -> remove(stream));
    }

    private void put(String subject, OpenStream stream) {
        bySubject.compute(subject, (same, known) -> {
            List<OpenStream> streams = known == null ? new ArrayList<>(1) : known;
            stream.index = streams.size();
            streams.add(stream);
            return streams;
        });
    }

    private void remove(OpenStream stream) {
        byId.remove(stream.id());
        stream.subject()
                .ifPresent(subject -> bySubject.computeIfPresent(subject, (same, streams) -> {
                    OpenStream last = streams.remove(streams.size() - 1);
                    if (last != stream) {
                        streams.set(stream.index, last);
                        last.index = stream.index;
                    }
                    return streams.isEmpty() ? null : streams;
                }));
    }

    Optional<OpenStream> find(SubscriberId id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** Returns all streams. */
    List<OpenStream> all() {
        return List.copyOf(byId.values());
    }

    /** Returns the streams of a subject. */
    List<OpenStream> of(String subject) {
        List<OpenStream> found = new ArrayList<>();
        bySubject.computeIfPresent(subject, (same, streams) -> {
            found.addAll(streams);
            return streams;
        });
        return found;
    }
}
