package io.ssebridge.event;

import io.vertx.core.buffer.Buffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Measures the cost of an event once, before it goes to all subscribers. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class EventEncoderBenchmark {
    private static final String ID = "AQAAAAAAAAAAAAAA";

    /** Characters of data. */
    @Param({"150", "4096"})
    public int size;

    /** How many lines they are in. */
    @Param({"1", "10"})
    public int lines;

    private Event event = new Event(null, "", null);

    /** Makes the event. */
    @Setup
    public void prepare() {
        String line = "x".repeat(size / lines - 1);
        event = new Event("score", (line + "\n").repeat(lines).strip(), null);
    }

    /** All of an event, with its id. */
    @Benchmark
    public Buffer encode() {
        return EventEncoder.encode(event, ID);
    }

    /** The bytes that its streams share. */
    @Benchmark
    public byte[] body() {
        return EventEncoder.body(event);
    }
}
