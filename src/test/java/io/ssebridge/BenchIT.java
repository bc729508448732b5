package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.ChildProcess;
import io.ssebridge.testing.Jar;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The load generator against a real node: it counts right, and says so when something is wrong. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BenchIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    private TestNode node;

    @BeforeAll
    void start() {
        node = TestNode.standalone(NodeSetup.DEFAULT);
    }

    @AfterAll
    void stop() {
        node.close();
    }

    private int bench(String... options) {
        List<String> command = new ArrayList<>(List.of("bench"));
        command.add(node.uri("/").resolve("/").toString().replaceAll("/$", ""));
        command.addAll(List.of("--warm-up", "100ms", "--time", "1s"));
        command.addAll(List.of(options));
        try (ChildProcess bench = ChildProcess.start("bench", directory, Map.of(), Jar.command(List.of(), command))) {
            int status = bench.awaitExit(PATIENCE);
            // For the reader of a failure.
            bench.output().forEach(System.out::println);
            return status;
        }
    }

    @Test
    void aRunWithoutLoss_countsEachDelivery() throws IOException {
        Path file = directory.resolve("result.json");

        assertThat(bench(
                        "--channel",
                        "public.b{n}",
                        "--channels",
                        "3",
                        "--subscribers",
                        "30",
                        "--rate",
                        "100",
                        "--pid",
                        Long.toString(node.process().pid()),
                        "--json",
                        file.toString()))
                .isZero();

        JsonObject result = new JsonObject(Files.readString(file));
        assertThat(result.getInteger("opened")).isEqualTo(30);
        assertThat(result.getInteger("accepted")).isEqualTo(110);
        // 100 events in the measured second, each at the 10 streams of its channel.
        assertThat(result.getInteger("delivered")).isEqualTo(1_000);
        assertThat(result.getInteger("missing")).isZero();
        assertThat(result.getInteger("again")).isZero();
        assertThat(result.getDouble("cpuMicrosPerDelivery")).isPositive();
        assertThat(result.getDouble("openMegabytes")).isPositive();
    }

    @Test
    void streamsThatResume_catchUp() {
        assertThat(bench("--channel", "public.resumed{n}", "--subscribers", "10", "--rate", "0", "--resume", "20"))
                .isZero();
    }

    @Test
    void aServerThatRefuses_isNotASuccess() {
        assertThat(bench("--channel", "team.b{n}", "--subscribers", "1")).isEqualTo(2);
        assertThat(bench("--channel", "sse", "--subscribers", "1")).isEqualTo(1);
    }
}
