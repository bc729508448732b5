package io.ssebridge.channel;

import io.ssebridge.config.Key;
import io.ssebridge.config.OneLine;
import io.ssebridge.config.Section;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The part of a rule that says which service gives the first events of a stream, and what follows if it fails.
 *
 * @param service the service
 * @param onFailure what happens to a stream without a snapshot
 */
public record InitialSnapshot(Service service, OnFailure onFailure) {
    /** What happens to a stream if the service fails; lower case in the configuration. */
    public enum OnFailure {
        /** The stream goes on without the snapshot. */
        OPEN,
        /** The stream ends, and its client comes back. */
        REFUSE;

        private static OnFailure of(String text) {
            return Arrays.stream(values())
                    .filter(each -> each.text().equals(text))
                    .findFirst()
                    .orElseThrow(
                            () -> new IllegalArgumentException(OneLine.quote(text) + " (expected: open or refuse)"));
        }

        private String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Reads a key that names the service: its address as a text, or a section. */
    static Optional<InitialSnapshot> of(Section rule, Key key) {
        if (!rule.isSection(key.name())) {
            return Service.of(rule, key).map(service -> new InitialSnapshot(service, OnFailure.OPEN));
        }
        Section section = rule.section(key.name());
        return Optional.of(section.build(() -> {
            OnFailure onFailure = section.parsed(
                    Key.live(
                            "onFailure",
                            "`open` or `refuse`",
                            "What a stream does without an answer: it goes on, or ends, and its client comes back"),
                    OnFailure.OPEN.text(),
                    OnFailure::of);
            return new InitialSnapshot(Service.from(section), onFailure);
        }));
    }

    /** Returns the value of the key. */
    JsonObject toJson() {
        return service.toJson().put("onFailure", onFailure.text());
    }
}
