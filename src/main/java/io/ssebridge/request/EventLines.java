package io.ssebridge.request;

import io.ssebridge.request.EventReader.Draft;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.util.Optional;

/**
 * The events in a body of any length, one in each line (<a href="https://github.com/ndjson/ndjson-spec">NDJSON</a>). It holds one
 * piece of the body, and a line that is not complete. Of a line that is too long it holds nothing.
 *
 * <p><b>Owner:</b> the event loop of the request.
 */
public final class EventLines {
    // A millisecond of work at most.
    private static final int SLICE_BYTES = 64 << 10;
    private static final int INFLATED_BYTES = 8 << 10;
    private static final byte[] NONE = {};
    private static final int SMALL_LINE_BYTES = 4 << 10;
    // How many bytes a compressed body may contain between two events, as a multiple of the longest line.
    private static final int MAX_EMPTY_LINES = 8;

    private final int maxLineBytes;
    private final Optional<GzipInflater> inflater;
    private final byte[] inflated;
    // The bytes that are being read: those that have come, or some that were decompressed.
    private byte[] bytes = NONE;
    private int at;
    private int end;
    private boolean isLast;
    // The beginning of a line.
    private ByteArrayOutputStream begun = new ByteArrayOutputStream();
    private boolean isTooLong;
    private long sliceBytes;
    private long emptyBytes;
    private long lines;
    private Future<Draft> line = Future.failedFuture("no line has been read");

    /** The result of a step. */
    public enum Step {
        /** A line is complete. */
        LINE,
        /** The next piece of the body is needed. */
        NEXT_PIECE,
        /** There is more to read, after other work of the event loop. */
        LATER,
        /** The body is over. */
        END
    }

    /**
     * Creates a reader at the beginning of a body.
     *
     * @param coding how the body is compressed
     * @param maxLineBytes the longest line
     */
    public EventLines(ContentCoding coding, int maxLineBytes) {
        this.maxLineBytes = maxLineBytes;
        this.inflater = coding == ContentCoding.GZIP ? Optional.of(new GzipInflater()) : Optional.empty();
        this.inflated = inflater.isPresent() ? new byte[INFLATED_BYTES] : NONE;
    }

    /** Takes a piece of the body, when the one before is used up. */
    public void add(Buffer piece) {
        if (inflater.isPresent()) {
            inflater.get().add(piece.getBytes());
        } else {
            use(piece.getBytes(), piece.length());
        }
    }

    /** Notes that the body has no more pieces. */
    public void end() {
        isLast = true;
    }

    /** Begins a slice of work. */
    public void beginSlice() {
        sliceBytes = 0;
    }

    /**
     * Reads on. Empty lines are left out.
     *
     * @throws Problem if the body is not compressed as it says, or contains too much between two events
     */
    public Step next() {
        while (true) {
            if (at == end && !inflate()) {
                use(NONE, 0);
                return isLast ? last() : Step.NEXT_PIECE;
            }
            if (sliceBytes >= SLICE_BYTES) {
                return Step.LATER;
            }
            int from = at;
            while (at < end && bytes[at] != '\n') {
                at++;
            }
            int length = at - from;
            sliceBytes += length + 1L;
            emptyBytes += length + 1L;
            if (at == end) {
                begin(from, length);
                checkEmptyBytes();
                continue;
            }
            at++;
            if (complete(from, length)) {
                return Step.LINE;
            }
        }
    }

    /** Returns the event in the line that was read; fails with a {@link Problem} if there is none. */
    public Future<Draft> line() {
        return line;
    }

    /** Returns the number of lines so far, with the empty ones. */
    public long lines() {
        return lines;
    }

    /** Returns the memory that it takes, in bytes. */
    public int heldBytes() {
        return begun.size() + bytes.length + (inflater.isPresent() ? GzipInflater.BYTES : 0);
    }

    /** Frees the memory; nothing more is read. */
    public void close() {
        inflater.ifPresent(GzipInflater::end);
        use(NONE, 0);
        begun = new ByteArrayOutputStream();
    }

    private void use(byte[] next, int length) {
        bytes = next;
        at = 0;
        end = length;
    }

    private boolean inflate() {
        int length = inflater.map(each -> each.read(inflated)).orElse(0);
        if (length > 0) {
            use(inflated, length);
        }
        return length > 0;
    }

    /** Keeps the beginning of a line. */
    private void begin(int from, int length) {
        if (begun.size() + length > maxLineBytes) {
            isTooLong = true;
        }
        if (isTooLong) {
            begun = new ByteArrayOutputStream();
        } else {
            begun.write(bytes, from, length);
        }
    }

    /** Reads the line that ends here; returns whether it is more than white space. */
    private boolean complete(int from, int length) {
        lines++;
        if (isTooLong || begun.size() + length > maxLineBytes) {
            isTooLong = false;
            begun = new ByteArrayOutputStream();
            line = Future.failedFuture(Problem.tooLarge("line: more than %d bytes".formatted(maxLineBytes)));
            return true;
        }
        byte[] whole = bytes;
        int first = from;
        int size = length;
        if (begun.size() > 0) {
            begun.write(bytes, from, length);
            whole = begun.toByteArray();
            first = 0;
            size = whole.length;
            if (size > SMALL_LINE_BYTES) {
                begun = new ByteArrayOutputStream();
            } else {
                begun.reset();
            }
        }
        if (isBlank(whole, first, size)) {
            checkEmptyBytes();
            return false;
        }
        emptyBytes = 0;
        line = read(whole, first, size);
        return true;
    }

    private static Future<Draft> read(byte[] bytes, int from, int length) {
        try {
            return Future.succeededFuture(EventReader.line(bytes, from, length));
        } catch (Problem wrong) {
            return Future.failedFuture(wrong);
        }
    }

    private static boolean isBlank(byte[] bytes, int from, int length) {
        for (int i = from; i < from + length; i++) {
            if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r') {
                return false;
            }
        }
        return true;
    }

    /** Refuses a small body that decompresses to a large amount of nothing. */
    private void checkEmptyBytes() {
        if (inflater.isPresent() && emptyBytes > (long) MAX_EMPTY_LINES * maxLineBytes) {
            throw Problem.tooLarge("body: more than %d bytes without an event, after Content-Encoding"
                    .formatted((long) MAX_EMPTY_LINES * maxLineBytes));
        }
    }

    private Step last() {
        if (inflater.isPresent() && !inflater.get().isWhole()) {
            throw GzipInflater.malformed();
        }
        if (begun.size() == 0 && !isTooLong) {
            return Step.END;
        }
        return complete(at, 0) ? Step.LINE : Step.END;
    }
}
