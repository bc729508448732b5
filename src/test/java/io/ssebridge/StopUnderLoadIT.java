package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.PlainServiceProcess;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** Nodes start, stop and die while a service asks them 200 times in a second: no node leaves it waiting for a time-out. */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class StopUnderLoadIT {
    private static final int CHANNELS = 40;
    // More in the Maven profile "faults".
    private static final int ROUNDS = Integer.getInteger("faults.stop.rounds", 2);
    // Longer than the bridge tries to reach a leader: a request that takes as long was dropped, however busy the
    // machine is.
    private static final long TIMEOUT_MILLIS = 15_000;
    // Where only the logs count: the requests that the dead node has taken are waited for as long.
    private static final long UNUSED_TIMEOUT_MILLIS = Boolean.getBoolean("faults.long") ? TIMEOUT_MILLIS : 4_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Pattern STACK_TRACE = Pattern.compile("^\\s+at |^Caused by:|^[\\w.]+(Exception|Error)\\b");

    private static final Pattern ALONE = Pattern.compile("1 nodes ready, 2 members");
    private static final NodeSetup SETUP = NodeSetup.of(config());

    private static String config() {
        StringBuilder yaml = new StringBuilder(NodeSetup.CONFIG.replaceFirst("(?s)channels:.*", "channels:\n"));
        for (int i = 0; i < CHANNELS; i++) {
            yaml.append("  - {channel: \"load.c%d\", subscribe: public, publish: public}%n".formatted(i));
        }
        return yaml.append("  - {channel: \"public.{name}\", subscribe: public, publish: public}\n")
                .toString();
    }

    private static JsonArray requests() {
        JsonArray requests = new JsonArray();
        for (int i = 0; i < CHANNELS; i++) {
            requests.add(new JsonObject().put("address", "load.c" + i).put("body", "x"));
            requests.add(new JsonObject()
                    .put("address", "sse.history")
                    .put("body", new JsonObject().put("channel", "load.c" + i).put("last", 1)));
            requests.add(new JsonObject()
                    .put("address", "sse.publish")
                    .put("body", "y")
                    .put("headers", new JsonObject().put("channel", "load.c" + i)));
        }
        return requests;
    }

    private static void assertNoStackTrace(TestNode node) {
        assertThat(node.process().output())
                .as("%s", node.directory())
                .noneMatch(line -> STACK_TRACE.matcher(line).find());
    }

    private final TestCluster cluster = new TestCluster();
    private final TestNode staying = cluster.start(SETUP);
    private TestNode other = cluster.start(SETUP.severalShardLoops());
    private final PlainServiceProcess service = cluster.startPlainService();

    @AfterAll
    void close() {
        cluster.close();
    }

    @Test
    @Order(1)
    void requestsWhileNodesStartAndStop_areAnsweredOrFailAtOnce() {
        service.load(requests(), TIMEOUT_MILLIS);
        for (int round = 0; round < ROUNDS; round++) {
            assertThat(other.stop()).isZero();
            assertNoStackTrace(other);
            other = cluster.start(SETUP.severalShardLoops());
        }
        JsonObject became = service.loaded();
        System.out.println("stop under load: " + became.encode());

        String said =
                "%s%n%s".formatted(became, String.join("\n", service.process().output()));
        // Vert.x loses a message now and then, before it is sent, while its address has no consumer: see event-bus.md.
        assertThat(became.getInteger("timedOut")).as("%s", said).isLessThanOrEqualTo(became.getInteger("unsent"));
        assertThat(became.getInteger("answered"))
                .as("%s", became)
                .isGreaterThan(10 * became.getInteger("failed"))
                .isPositive();
        assertNoStackTrace(staying);
        assertNoStackTrace(other);
    }

    @Test
    @Order(2)
    void aNodeThatIsKilled_leavesNoStackTraceInTheLogsOfOthers() {
        service.load(requests(), UNUSED_TIMEOUT_MILLIS);
        try (EventStreamReader here = staying.stream("/stream/load.c1");
                EventStreamReader there = other.stream("/stream/load.c1")) {
            here.await("stream-open");
            there.await("stream-open");
            int known = staying.process().lines();
            other.kill();
            assertThat(staying.process().awaitLine(known, ALONE, PATIENCE).group())
                    .isNotEmpty();
            for (int i = 0; i < CHANNELS; i++) {
                assertThat(staying.post("/publish/load.c" + i, "{\"data\": 1}").statusCode())
                        .isEqualTo(201);
            }
        }
        JsonObject unused = service.loaded();
        assertNoStackTrace(staying);
    }
}
