package io.ssebridge.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads lines byte by byte, as soon as they come. A reader over GZIPInputStream would wait for more bytes than there are. */
public final class LinesAsTheyCome {
    private LinesAsTheyCome() {}

    /**
     * Reads up to a line and returns it, or null if the stream ends before.
     *
     * @param in UTF-8 with LF
     * @param wanted tells whether it is the line
     */
    public static @Nullable String until(InputStream in, Predicate<String> wanted) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0; next = in.read()) {
            if (next != '\n') {
                line.write(next);
            } else if (wanted.test(line.toString(StandardCharsets.UTF_8))) {
                return line.toString(StandardCharsets.UTF_8);
            } else {
                line.reset();
            }
        }
        return null;
    }
}
