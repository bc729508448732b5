package io.ssebridge.testing;

import io.ssebridge.subscriber.EventSink;
import io.ssebridge.subscriber.Frames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keeps what a subscriber gets; takes more or not as told. Owner: one event loop. */
public final class RecordingStream implements EventSink {
    private static final Pattern REASON = Pattern.compile("\"reason\":\"([a-z-]+)\"");
    private static final Pattern FIELD = Pattern.compile("(?m)^(event|data|id): (.*)$");

    private final StringBuilder text = new StringBuilder();
    private final List<Integer> writes = new ArrayList<>();
    private final List<Frames> frames = new ArrayList<>();
    private Runnable drained = () -> {};
    private Runnable gone = () -> {};
    private boolean aborted;
    private boolean full;

    /** Takes no more. */
    public void full() {
        full = true;
    }

    /** Takes more again. */
    public void drain() {
        full = false;
        drained.run();
    }

    /** The client goes. */
    public void leave() {
        gone.run();
    }

    /** What the data: lines say; a reset as its reason. */
    public List<String> data() {
        return fields("data").stream()
                .map(data -> {
                    Matcher reason = REASON.matcher(data);
                    return reason.find() ? "reset:" + reason.group(1) : data;
                })
                .toList();
    }

    /** What the id: lines say. */
    public List<String> ids() {
        return fields("id");
    }

    /** The length of each write. */
    public List<Integer> writes() {
        return writes;
    }

    /** What was written last, itself. */
    public Frames newest() {
        return frames.get(frames.size() - 1);
    }

    /** All that was written. */
    public String text() {
        return text.toString();
    }

    private List<String> fields(String name) {
        return Arrays.stream(text.toString().split("\n\n"))
                .flatMap(event -> FIELD.matcher(event).results())
                .filter(field -> field.group(1).equals(name))
                .map(field -> field.group(2))
                .toList();
    }

    /** Whether it was cut off. */
    public boolean isAborted() {
        return aborted;
    }

    @Override
    public void write(Frames frames) {
        text.append(frames.toBuffer());
        writes.add(frames.length());
        this.frames.add(frames);
    }

    @Override
    public void end() {}

    @Override
    public void abort() {
        aborted = true;
    }

    @Override
    public boolean isWritable() {
        return !full;
    }

    @Override
    public void onWritable(Runnable handler) {
        drained = handler;
    }

    @Override
    public void onClose(Runnable handler) {
        gone = handler;
    }
}
