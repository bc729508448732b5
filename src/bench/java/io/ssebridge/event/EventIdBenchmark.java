package io.ssebridge.event;

import io.ssebridge.channel.ChannelName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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

/** Measures the cursors of a stream: packed for each of its events, unpacked when it is opened again. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class EventIdBenchmark {
    /** Channels of the stream. */
    @Param({"1", "10"})
    public int channels;

    private List<ChannelName> names = List.of();
    private List<Cursor> cursors = List.of();
    private String id = "";

    /** Makes the cursors. */
    @Setup
    public void prepare() {
        names = IntStream.range(0, channels)
                .mapToObj(i -> new ChannelName("scores.match-" + i))
                .toList();
        cursors = IntStream.range(0, channels)
                .<Cursor>mapToObj(i -> new Cursor.At(1_000_000L + i, 12_345 + i))
                .toList();
        id = EventId.encode(names, cursors);
    }

    /** Packs. */
    @Benchmark
    public String encode() {
        return EventId.encode(names, cursors);
    }

    /** Unpacks. */
    @Benchmark
    public Optional<Map<ChannelName, Cursor>> decode() {
        return EventId.decode(id, names);
    }
}
