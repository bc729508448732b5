package io.ssebridge.hook;

import io.ssebridge.event.Event;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes the events of a snapshot from the answer of a service. Any thread. */
final class SnapshotReader {
    private static final int MAX_EVENTS = 100;
    private static final int MAX_BYTES = 1 << 20;
    private static final Set<String> FIELDS = Set.of("event", "data", "retry");

    private final int maxEventBytes;

    SnapshotReader(int maxEventBytes) {
        this.maxEventBytes = maxEventBytes;
    }

    /**
     * Reads an answer: an event, an array of events, a text that is the data of one event, or nothing.
     *
     * @throws ServiceException if it is something else, or too large
     */
    List<Event> read(ServiceAnswer answer) {
        Object body = answer.body();
        if (body == null) {
            return List.of();
        }
        try {
            if (body instanceof JsonArray array) {
                checkCount(array.size());
                List<Event> events = new ArrayList<>(array.size());
                array.forEach(each -> events.add(event(each)));
                return checked(events);
            }
            return checked(List.of(body instanceof String text ? Event.published(null, text, null) : event(body)));
        } catch (IllegalArgumentException e) {
            throw wrong(e);
        }
    }

    private static Event event(@Nullable Object body) {
        if (!(body instanceof JsonObject json)) {
            throw ServiceException.failed("its answer is not an event, an array of events, or a text");
        }
        if (!FIELDS.containsAll(json.fieldNames())) {
            throw ServiceException.failed("its answer has an unknown field (expected: event, data, retry)");
        }
        if (!json.containsKey("data")) {
            throw ServiceException.failed("its answer has an event without data");
        }
        Object data = json.getValue("data");
        return data instanceof String text
                ? Event.published(name(json), text, retry(json))
                : Event.publishedJson(name(json), Json.encode(data), retry(json));
    }

    private static @Nullable String name(JsonObject json) {
        Object name = json.getValue("event");
        if (name != null && !(name instanceof String)) {
            throw ServiceException.failed("its answer has an event that is not a text");
        }
        return (String) name;
    }

    private static @Nullable Duration retry(JsonObject json) {
        Object retry = json.getValue("retry");
        if (retry == null) {
            return null;
        }
        if (retry instanceof Integer millis) {
            return Duration.ofMillis(millis);
        }
        throw ServiceException.failed("its answer has a retry that is not a whole number of milliseconds");
    }

    /**
     * Checks events that the application made.
     *
     * @throws ServiceException as above
     */
    List<Event> check(List<Event> events) {
        checkCount(events.size());
        try {
            return checked(events.stream().map(SnapshotReader::published).toList());
        } catch (IllegalArgumentException e) {
            throw wrong(e);
        }
    }

    private static Event published(Event event) {
        if (event.selector() != null || event.attributes().end()) {
            throw ServiceException.failed("its answer has an event with to, except or end (expected: none of them)");
        }
        return event.isJson()
                ? Event.publishedJson(event.name(), event.data(), event.retry())
                : Event.published(event.name(), event.data(), event.retry());
    }

    private static void checkCount(int count) {
        if (count > MAX_EVENTS) {
            throw ServiceException.failed(
                    "its answer has %d events (expected: at most %d)".formatted(count, MAX_EVENTS));
        }
    }

    private List<Event> checked(List<Event> events) {
        long all = 0;
        for (Event event : events) {
            int bytes = event.bytes();
            if (bytes > maxEventBytes) {
                throw ServiceException.failed(
                        "its answer has an event of %d bytes (expected: at most %d)".formatted(bytes, maxEventBytes));
            }
            all += bytes;
        }
        if (all > Math.max(MAX_BYTES, maxEventBytes)) {
            throw ServiceException.failed("its answer has %d bytes (expected: at most %d)".formatted(all, MAX_BYTES));
        }
        return events;
    }

    private static ServiceException wrong(IllegalArgumentException e) {
        return ServiceException.failed("its answer is wrong: " + e.getMessage());
    }
}
