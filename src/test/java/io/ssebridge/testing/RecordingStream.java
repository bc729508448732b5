package io.ssebridge.testing;

import io.ssebridge.subscriber.EncodedBatch;
import io.ssebridge.subscriber.EventSink;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Keeps the events of a subscriber; takes more or not as told. Owner: one event loop. */
public final class RecordingStream implements EventSink {
    private static final Pattern REASON = Pattern.compile("\"reason\":\"([a-z-]+)\"");
    private static final Pattern FIELD = Pattern.compile("(?m)^(event|data|id): (.*)$");

    private final StringBuilder text = new StringBuilder();
    private final List<Integer> writes = new ArrayList<>();
    private final List<EncodedBatch> batches = new ArrayList<>();
    private Runnable drained = () -> {};
    private Runnable gone = () -> {};
    private boolean aborted;
    private @Nullable Supplier<? extends Throwable> fault;
    private boolean fillsUp;
    private boolean copies;
    private boolean drainsOnWrite;
    private boolean full;
    private boolean broken;

    /** Takes no more. */
    public void full() {
        full = true;
    }

    /** Takes each write, and no other one before it has been {@linkplain #drain drained}. */
    public void fillUp() {
        fillsUp = true;
    }

    /** Says during each write that it takes more again, as a socket that takes it at once. */
    public void drainOnWrite() {
        drainsOnWrite = true;
    }

    /** Copies the written bytes, as a stream that shares nothing with others. */
    public void copy() {
        copies = true;
    }

    /** Each write throws, until this is called with null. */
    public void fail(@Nullable Supplier<? extends Throwable> with) {
        fault = with;
    }

    /** Takes more again. */
    public void drain() {
        full = false;
        drained.run();
    }

    /** Each write fails from now on. */
    public void breaks() {
        broken = true;
    }

    /** The client goes. */
    public void leave() {
        gone.run();
    }

    /** The text of the data: lines; a reset as its reason. */
    public List<String> data() {
        return fields("data").stream()
                .map(data -> {
                    Matcher reason = REASON.matcher(data);
                    return reason.find() ? "reset:" + reason.group(1) : data;
                })
                .toList();
    }

    /** The text of the id: lines. */
    public List<String> ids() {
        return fields("id");
    }

    /** The length of each write. */
    public List<Integer> writes() {
        return writes;
    }

    /** The last written object, itself. */
    public EncodedBatch newest() {
        return batches.get(batches.size() - 1);
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
    public void write(EncodedBatch batch) {
        if (fault != null) {
            throw unchecked(fault.get());
        }
        full |= fillsUp;
        if (broken) {
            throw new IllegalStateException("as told");
        }
        text.append(batch.toBuffer());
        writes.add(batch.length());
        batches.add(batch);
        if (drainsOnWrite) {
            drain();
        }
    }

    private static RuntimeException unchecked(Throwable fault) {
        if (fault instanceof Error error) {
            throw error;
        }
        return (RuntimeException) fault;
    }

    @Override
    public boolean copies() {
        return copies;
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
