package io.ssebridge.bench;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Parses an HTTP/1.1 response that arrives in pieces: the status, then the body without <a
 * href="https://www.rfc-editor.org/rfc/rfc9112.html#name-chunked-transfer-coding">chunks</a>.
 */
final class ResponseScanner {
    /** Receives a piece of the body. */
    interface BodySink {
        void feed(byte[] bytes, int from, int to);
    }

    private enum ScanState {
        HEAD,
        SIZE,
        CHUNK,
        AFTER_CHUNK,
        PLAIN,
        DONE
    }

    private static final String LENGTH = "\r\ncontent-length:";
    private static final String CHUNKED = "\r\ntransfer-encoding: chunked";

    private final BodySink body;
    private ScanState state = ScanState.HEAD;
    private @Nullable ByteArrayOutputStream head = new ByteArrayOutputStream(512);
    private int status;
    private int headEnd;
    // The remaining bytes of the chunk or of the body. A body without a length ends with the connection.
    private long left;

    ResponseScanner(BodySink body) {
        this.body = body;
    }

    /** Returns the status code, or 0 if it is not known yet. */
    int status() {
        return status;
    }

    /** Returns whether the response is complete. */
    boolean isDone() {
        return state == ScanState.DONE;
    }

    void feed(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && state != ScanState.DONE) {
            switch (state) {
                case HEAD -> at = head(bytes, at, to);
                case SIZE -> at = size(bytes, at, to);
                case CHUNK, PLAIN -> {
                    int end = (int) Math.min(to, at + left);
                    body.feed(bytes, at, end);
                    left -= end - at;
                    at = end;
                    if (left == 0) {
                        state = state == ScanState.CHUNK ? ScanState.AFTER_CHUNK : ScanState.DONE;
                    }
                }
                default -> {
                    // The CR LF after a chunk.
                    if (bytes[at] == '\n') {
                        left = 0;
                        state = ScanState.SIZE;
                    }
                    at++;
                }
            }
        }
    }

    private int head(byte[] bytes, int from, int to) {
        ByteArrayOutputStream gathered = head;
        for (int at = from; at < to; at++) {
            if (gathered != null) {
                gathered.write(bytes[at]);
            }
            headEnd = bytes[at] == (headEnd % 2 == 0 ? '\r' : '\n') ? headEnd + 1 : 0;
            if (headEnd == 4 && gathered != null) {
                read(gathered.toString(StandardCharsets.ISO_8859_1));
                head = null;
                return at + 1;
            }
        }
        return to;
    }

    private void read(String text) {
        status = Integer.parseInt(text.substring(9, 12));
        String lower = text.toLowerCase(Locale.ROOT);
        int length = lower.indexOf(LENGTH);
        if (lower.contains(CHUNKED)) {
            state = ScanState.SIZE;
            left = 0;
        } else if (length >= 0) {
            int from = length + LENGTH.length();
            left = Long.parseLong(
                    lower.substring(from, lower.indexOf('\r', from)).strip());
            state = left == 0 ? ScanState.DONE : ScanState.PLAIN;
        } else {
            left = Long.MAX_VALUE / 2;
            state = ScanState.PLAIN;
        }
    }

    private int size(byte[] bytes, int from, int to) {
        for (int at = from; at < to; at++) {
            if (bytes[at] == '\n') {
                state = left == 0 ? ScanState.DONE : ScanState.CHUNK;
                return at + 1;
            } else if (bytes[at] != '\r') {
                left = 16 * left + Character.digit(bytes[at], 16);
            }
        }
        return to;
    }
}
