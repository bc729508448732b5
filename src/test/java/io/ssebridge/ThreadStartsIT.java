package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.Pause;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * How many threads a node starts. On a machine with one or two cores Hazelcast starts a thread for each callback that it is
 * left to call by itself: 64 every 5 s on an idle node, and one for each event with a key.
 */
@Timeout(120)
class ThreadStartsIT {
    private static final Pattern STARTED = Pattern.compile("java\\.threads\\.started=(\\d+)");
    private static final Duration IDLE = Duration.ofSeconds(6);
    // Pools that grow, and threads that end for want of work and are started again.
    private static final int FEW = 40;

    @Test
    void nodesWithOneCoreAndWithTwo_startNoThreadForEachCallback() {
        try (TestCluster cluster = new TestCluster()) {
            List<TestNode> nodes = List.of(cluster.start(withCores(1)), cluster.start(withCores(2)));
            nodes.forEach(ThreadStartsIT::publish);
            List<Long> before = started(nodes);
            Pause.of(IDLE);
            List<Long> idle = started(nodes);
            for (int i = 0; i < 20; i++) {
                nodes.forEach(ThreadStartsIT::publish);
            }
            List<Long> published = started(nodes);

            for (int i = 0; i < nodes.size(); i++) {
                assertThat(idle.get(i) - before.get(i))
                        .as("on an idle node with %d cores", i + 1)
                        .isLessThan(FEW);
                assertThat(published.get(i) - idle.get(i))
                        .as("for 2,000 events with keys, on a node with %d cores", i + 1)
                        .isLessThan(FEW);
            }
        }
    }

    private static NodeSetup withCores(int cores) {
        return NodeSetup.DEFAULT.jvm("-XX:ActiveProcessorCount=" + cores);
    }

    /** A hundred events with keys. */
    private static void publish(TestNode node) {
        String events = IntStream.range(0, 100)
                .mapToObj(i -> "{\"data\":1,\"key\":\"%s\"}".formatted(UUID.randomUUID()))
                .collect(Collectors.joining(",", "[", "]"));
        assertThat(node.post("/publish/public.threads", events).body()).doesNotContain("\"status\":5");
    }

    private static List<Long> started(List<TestNode> nodes) {
        return nodes.stream().map(ThreadStartsIT::started).toList();
    }

    private static long started(TestNode node) {
        Matcher found = STARTED.matcher(counters(node.process().pid()));
        assertThat(found.find()).isTrue();
        return Long.parseLong(found.group(1));
    }

    private static String counters(long pid) {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        try {
            Process process = new ProcessBuilder(jcmd, Long.toString(pid), "PerfCounter.print")
                    .redirectErrorStream(true)
                    .start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
