package io.ssebridge.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.http.AnswerLines;
import io.ssebridge.http.RawConnection;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestNode;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One request publishes any number of events through a node with little memory. */
@Timeout(580)
class BulkIT {
    private static final int LINES = Bound.of("bulk.lines", 20_000);
    private static final int LINES_PER_CHUNK = 100;
    private static final String HEAP = "-Xmx64m";

    @Test
    void aRequestOfAnyLength_isPublishedInOrder_byANodeWithASmallHeap() {
        try (TestNode node = TestNode.standalone(
                        NodeSetup.of(NodeSetup.CONFIG).jvm(HEAP).jvm(Memory.COUNTED));
                RawConnection connection = RawConnection.open(node.uri("/").getPort())) {
            connection.send(String.join(
                    "\r\n",
                    "POST /publish/public.a HTTP/1.1",
                    "Host: x",
                    "Content-Type: application/x-ndjson",
                    "Transfer-Encoding: chunked",
                    "",
                    ""));
            CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> {
                for (int i = 0; i < LINES; i += LINES_PER_CHUNK) {
                    String lines = lines(i);
                    connection.send(Integer.toHexString(lines.length()) + "\r\n" + lines + "\r\n");
                }
                connection.send("0\r\n\r\n");
            });
            AnswerLines answers = new AnswerLines(connection);
            long startNanos = System.nanoTime();
            long first = answers.next().getLong("sequence");
            for (int i = 1; i < LINES; i++) {
                JsonObject answer = answers.next();
                assertThat(answer.getInteger("status")).isEqualTo(201);
                assertThat(answer.getLong("sequence")).isEqualTo(first + i);
            }
            assertThat(answers.hasEnded()).isTrue();
            sent.join();
            Bound.say(
                    "%,d lines in one request, %s: %,d a second, then %s",
                    LINES,
                    HEAP,
                    (long) LINES * 1_000_000_000 / (System.nanoTime() - startNanos),
                    Memory.of(node.process().pid()));

            JsonObject newest =
                    new JsonObject(node.get("/history/public.a?last=1").body());
            assertThat(newest.getJsonArray("events").getJsonObject(0).getString("data"))
                    .startsWith(LINES - 1 + ":");
            assertThat(node.process().output())
                    .noneMatch(line -> line.contains("ERROR") || line.contains("OutOfMemory"));
        }
    }

    private static String lines(int from) {
        StringBuilder lines = new StringBuilder();
        for (int i = from; i < from + LINES_PER_CHUNK; i++) {
            lines.append("{\"data\": \"")
                    .append(i)
                    .append(": ")
                    .append("x".repeat(100))
                    .append("\"}\n");
        }
        return lines.toString();
    }
}
