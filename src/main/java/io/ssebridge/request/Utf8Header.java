package io.ssebridge.request;

import io.ssebridge.encoding.Utf8;
import java.nio.charset.StandardCharsets;

/** Reads the value of a header as UTF-8: Netty makes one char of each byte. Any thread. */
public final class Utf8Header {
    private Utf8Header() {}

    /**
     * Returns the text of a header.
     *
     * @param name the header's name, for the error text
     * @param value as Netty gives it
     * @throws Problem if it is not UTF-8
     */
    public static String text(String name, String value) {
        return Utf8.decode(value.getBytes(StandardCharsets.ISO_8859_1))
                .orElseThrow(() -> Problem.badRequest(name + ": is not UTF-8"));
    }
}
