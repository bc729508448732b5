package io.ssebridge.testing;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Keeps what a subscriber gets; takes more or not as told. Owner: one event loop. */
public final class RecordingStream implements WriteStream<Buffer> {
    private static final Pattern REASON = Pattern.compile("\"reason\":\"([a-z-]+)\"");
    private static final Pattern FIELD = Pattern.compile("(?m)^(event|data|id): (.*)$");

    private final StringBuilder text = new StringBuilder();
    private final List<Integer> writes = new ArrayList<>();
    private Handler<Void> drained = nothing -> {};
    private boolean full;

    /** Takes no more. */
    public void full() {
        full = true;
    }

    /** Takes more again. */
    public void drain() {
        full = false;
        drained.handle(null);
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

    @Override
    public Future<Void> write(Buffer data) {
        text.append(data);
        writes.add(data.length());
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> end() {
        return Future.succeededFuture();
    }

    @Override
    public boolean writeQueueFull() {
        return full;
    }

    @Override
    public WriteStream<Buffer> drainHandler(@Nullable Handler<Void> handler) {
        drained = Objects.requireNonNull(handler);
        return this;
    }

    @Override
    public WriteStream<Buffer> setWriteQueueMaxSize(int maxSize) {
        return this;
    }

    @Override
    public WriteStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
        return this;
    }
}
