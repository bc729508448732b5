package io.ssebridge.access;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

/** Measures the look-up of a channel in a token's patterns, of which the last one covers it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class GrantBenchmark {
    private static final ChannelName COVERED = new ChannelName("users.alice.inbox");
    private static final ChannelName FOREIGN = new ChannelName("users.bob.inbox");

    /** Patterns of the token. */
    @Param({"1", "20"})
    public int patterns;

    private Grant grant = grant(1);

    private static Grant grant(int patterns) {
        List<ChannelPattern> subscribe = new ArrayList<>();
        for (int i = 1; i < patterns; i++) {
            subscribe.add(Grant.pattern("teams.team-" + i + ".**"));
        }
        subscribe.add(Grant.pattern("users.{sub}.**"));
        return new Grant("alice", subscribe, List.of(), List.of(), Map.of(), Instant.MAX);
    }

    /** Makes the grant. */
    @Setup
    public void prepare() {
        grant = grant(patterns);
    }

    /** A channel that it covers. */
    @Benchmark
    public boolean allows() {
        return grant.maySubscribe(COVERED);
    }

    /** Another user's channel. */
    @Benchmark
    public boolean refuses() {
        return grant.maySubscribe(FOREIGN);
    }
}
