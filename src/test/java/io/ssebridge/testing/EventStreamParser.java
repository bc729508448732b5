package io.ssebridge.testing;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads an event stream as the standard says
 * (<a href="https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation">HTML, event stream
 * interpretation</a>), in chunks cut anywhere. Things that the standard allows, but good servers do not do, are noted in {@link #findings()}.
 * Confined to one thread.
 *
 * <p>Lines are cut in the bytes and decoded one by one. That equals decoding the stream first: neither CR nor LF is ever part of a
 * longer UTF-8 sequence, and a sequence that is broken off by one of them decodes to U+FFFD either way.
 */
public final class EventStreamParser {
    private static final int BYTE_ORDER_MARK = 0xFEFF;
    private static final BigInteger LONGEST = BigInteger.valueOf(Long.MAX_VALUE);

    private final Consumer<ReceivedEvent> onEvent;
    private final StreamLint lint = new StreamLint();
    private final List<String> comments = new ArrayList<>();
    private final List<Long> retries = new ArrayList<>();

    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private boolean firstLine = true;
    private boolean afterCarriageReturn;

    private final StringBuilder data = new StringBuilder();
    private String type = "";
    private String idBuffer = "";
    private String lastEventId = "";

    /**
     * A parser at the start of a stream.
     *
     * @param onEvent is given each event when it is dispatched
     */
    public EventStreamParser(Consumer<ReceivedEvent> onEvent) {
        this.onEvent = onEvent;
    }

    /**
     * A parser of a stream that is resumed.
     *
     * @param onEvent is given each event when it is dispatched
     * @param lastEventId the id from the streams before: it outlives a connection
     */
    public EventStreamParser(Consumer<ReceivedEvent> onEvent, String lastEventId) {
        this.onEvent = onEvent;
        this.idBuffer = lastEventId;
        this.lastEventId = lastEventId;
    }

    /**
     * Parses a whole stream at once.
     *
     * @param stream all its bytes
     */
    public static List<ReceivedEvent> parse(byte[] stream) {
        List<ReceivedEvent> events = new ArrayList<>();
        new EventStreamParser(events::add).feed(stream);
        return events;
    }

    /**
     * Takes the next bytes.
     *
     * @param bytes cut anywhere
     */
    public void feed(byte[] bytes) {
        feed(bytes, 0, bytes.length);
    }

    /**
     * Takes the next bytes.
     *
     * @param bytes the array that holds them
     * @param offset where they begin
     * @param length how many they are
     */
    public void feed(byte[] bytes, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            byte b = bytes[i];
            boolean secondHalfOfLineEnd = b == '\n' && afterCarriageReturn;
            afterCarriageReturn = b == '\r';
            if (secondHalfOfLineEnd) {
                continue;
            }
            if (b == '\r' || b == '\n') {
                endLine();
            } else {
                line.write(b);
            }
        }
    }

    /** The {@code Last-Event-ID} that a browser would send if the stream ended here. */
    public String lastEventId() {
        return lastEventId;
    }

    /** The comments so far, without their colon. */
    public List<String> comments() {
        return List.copyOf(comments);
    }

    /** The reconnection times so far, in milliseconds. */
    public List<Long> retries() {
        return List.copyOf(retries);
    }

    /** Flaws that a browser forgives, but the bridge must not send: blocks without data, unknown fields, broken UTF-8 and the like. */
    public List<String> findings() {
        return lint.findings();
    }

    /** Whether the stream so far ends within a block, which a browser would discard. */
    public boolean isWithinBlock() {
        return line.size() > 0 || lint.isWithinBlock();
    }

    private void endLine() {
        String text = lint.decode(line.toByteArray());
        line.reset();
        if (firstLine && !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK) {
            text = text.substring(1);
        }
        firstLine = false;
        if (text.isEmpty()) {
            dispatch();
            return;
        }
        int colon = text.indexOf(':');
        if (colon == 0) {
            comments.add(text.substring(1));
        } else if (colon > 0) {
            int value = text.startsWith(" ", colon + 1) ? colon + 2 : colon + 1;
            field(text.substring(0, colon), text.substring(value));
        } else {
            field(text, "");
        }
    }

    private void field(String name, String value) {
        lint.field(name, value);
        switch (name) {
            case "event" -> type = value;
            case "data" -> data.append(value).append('\n');
            case "id" -> {
                if (value.indexOf('\0') < 0) {
                    idBuffer = value;
                }
            }
            case "retry" -> {
                if (StreamLint.isNumber(value)) {
                    retries.add(new BigInteger(value).min(LONGEST).longValue());
                }
            }
            default -> {
                // The standard: the field is ignored. The lint has noted it.
            }
        }
    }

    private void dispatch() {
        lint.endOfBlock();
        lastEventId = idBuffer;
        String name = type.isEmpty() ? "message" : type;
        type = "";
        if (data.length() == 0) {
            return;
        }
        data.setLength(data.length() - 1);
        String text = data.toString();
        data.setLength(0);
        onEvent.accept(new ReceivedEvent(name, text, lastEventId));
    }
}
