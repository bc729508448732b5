package io.ssebridge.channel;

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

/** Measures how long it takes to find the rule of a channel, for each rule that is looked at. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ChannelPatternBenchmark {
    private static final ChannelName NAME = new ChannelName("users.alice.inbox");

    /** A pattern that matches. */
    @Param({"users.alice.inbox", "users.{sub}.inbox", "users.*.*", "users.{sub}.**"})
    public String text = "";

    private ChannelPattern pattern = ChannelPattern.of("**");

    /** Reads the pattern. */
    @Setup
    public void prepare() {
        pattern = ChannelPattern.of(text);
    }

    /** Matches. */
    @Benchmark
    public boolean matches() {
        return pattern.matches(NAME);
    }

    /** Binds the variables. */
    @Benchmark
    public Map<String, String> bind() {
        return pattern.bind(NAME);
    }
}
