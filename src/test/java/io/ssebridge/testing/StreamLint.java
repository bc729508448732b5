package io.ssebridge.testing;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Notes flaws that the standard allows and that still harm some client: {@code retry} as a block of its own, which many take for an empty event,
 * an {@code id} before the data, which some keep though the event is cut off, and plain mistakes. Confined to one thread.
 */
final class StreamLint {
    private static final Set<String> FIELDS = Set.of("event", "data", "id", "retry");

    private final List<String> findings = new ArrayList<>();
    private final Set<String> fieldsOfBlock = new HashSet<>();

    /** Decodes a line as a browser does, with U+FFFD for bytes that are not UTF-8. */
    String decode(byte[] line) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line))
                    .toString();
        } catch (CharacterCodingException e) {
            String text = new String(line, StandardCharsets.UTF_8);
            findings.add("a line that is not UTF-8: " + text);
            return text;
        }
    }

    void field(String name, String value) {
        if (!FIELDS.contains(name)) {
            findings.add("an unknown field: " + name);
            return;
        }
        boolean again = !fieldsOfBlock.add(name);
        if (name.equals("data")) {
            if (fieldsOfBlock.contains("id")) {
                findings.add("data after the id of its block: " + value);
            }
        } else if (again) {
            findings.add("a second " + name + " in one block: " + value);
        }
        if (name.equals("retry") && !isNumber(value)) {
            findings.add("a retry that is not a number: " + value);
        }
        if (name.equals("id") && value.indexOf('\0') >= 0) {
            findings.add("an id with NUL");
        }
    }

    void endOfBlock() {
        if (!fieldsOfBlock.contains("data")) {
            findings.add("a block without data, with " + fieldsOfBlock);
        }
        fieldsOfBlock.clear();
    }

    boolean isWithinBlock() {
        return !fieldsOfBlock.isEmpty();
    }

    List<String> findings() {
        return List.copyOf(findings);
    }

    /** Whether the standard takes a text as a reconnection time: ASCII digits only. */
    static boolean isNumber(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
