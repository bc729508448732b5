package io.ssebridge.testing;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Reads one HTTP/1.1 response in chunks cut anywhere and hands on its body as it comes. Confined to one thread. */
final class ResponseDecoder {
    /** Takes the decoded bytes. */
    interface Sink {
        /** The head is complete. */
        void head(int status, Map<String, String> headers);

        /** More of the body; the buffer is valid during the call only. */
        void body(byte[] bytes, int offset, int length);
    }

    private enum State {
        HEAD,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        TRAILERS,
        BODY,
        COMPLETE
    }

    private static final int UNTIL_CLOSED = -1;

    private final Sink sink;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private State state = State.HEAD;
    private int status;
    private long remaining;

    ResponseDecoder(Sink sink) {
        this.sink = sink;
    }

    /** Whether the response has ended as HTTP says: by its last chunk, or by its length. */
    boolean isComplete() {
        return state == State.COMPLETE;
    }

    /** Takes the connection's next bytes. */
    void feed(ByteBuffer bytes) {
        while (bytes.hasRemaining() && state != State.COMPLETE) {
            if (state == State.CHUNK || state == State.BODY) {
                content(bytes);
            } else {
                lineByte(bytes.get());
            }
        }
    }

    private void content(ByteBuffer bytes) {
        int length = remaining == UNTIL_CLOSED ? bytes.remaining() : (int) Math.min(remaining, bytes.remaining());
        sink.body(bytes.array(), bytes.arrayOffset() + bytes.position(), length);
        bytes.position(bytes.position() + length);
        if (remaining == UNTIL_CLOSED) {
            return;
        }
        remaining -= length;
        if (remaining == 0) {
            state = state == State.CHUNK ? State.CHUNK_END : State.COMPLETE;
        }
    }

    private void lineByte(byte b) {
        if (b != '\n') {
            line.write(b);
            return;
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        line.reset();
        if (!text.endsWith("\r")) {
            throw new IllegalStateException("a line of the response ends without CR: " + text);
        }
        endLine(text.substring(0, text.length() - 1));
    }

    private void endLine(String text) {
        switch (state) {
            case HEAD -> headLine(text);
            case CHUNK_SIZE -> {
                remaining = Long.parseLong(List.of(text.split(";", 2)).get(0).trim(), 16);
                state = remaining == 0 ? State.TRAILERS : State.CHUNK;
            }
            case CHUNK_END -> {
                if (!text.isEmpty()) {
                    throw new IllegalStateException("a chunk is longer than its size: " + text);
                }
                state = State.CHUNK_SIZE;
            }
            case TRAILERS -> {
                if (text.isEmpty()) {
                    state = State.COMPLETE;
                }
            }
            default -> throw new IllegalStateException("no line is expected in state " + state);
        }
    }

    private void headLine(String text) {
        if (status == 0) {
            status = Integer.parseInt(text.substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length()));
        } else if (!text.isEmpty()) {
            int colon = text.indexOf(':');
            headers.merge(
                    text.substring(0, colon).toLowerCase(Locale.ROOT),
                    text.substring(colon + 1).trim(),
                    (one, two) -> one + ", " + two);
        } else if (status < 200) {
            status = 0; // An interim response: the one that counts follows.
            headers.clear();
        } else {
            endHead();
        }
    }

    private void endHead() {
        sink.head(status, headers);
        if (headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
            state = State.CHUNK_SIZE;
            return;
        }
        remaining = Long.parseLong(headers.getOrDefault("content-length", Integer.toString(UNTIL_CLOSED)));
        state = remaining == 0 || status == 204 || status == 304 ? State.COMPLETE : State.BODY;
    }
}
