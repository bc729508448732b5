package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Thousands of connections with request heads that do not end. They neither use up the heap nor delay the answers to others. */
@Timeout(300)
class UnfinishedHeadsIT {
    private static final int CONNECTIONS = 4_000;
    private static final int AFTERWARDS = 30;
    // 44 KB; in a part of their heap that is several times as large as this node's.
    private static final String LARGE =
            "GET /" + "a".repeat(12_000) + " HTTP/1.1\r\nHost: x\r\n" + ("a: " + "b".repeat(160) + "\r\n").repeat(190);
    private static final String SMALL = "GET /health/live HTTP/1.1\r\nHost: x\r\nCookie: ";

    @Test
    void headsThatDoNotEnd_fillNoHeap_andSmallRequestsAreAnswered() {
        List<RawConnection> hostile = new ArrayList<>();
        try (TestNode node = TestNode.standalone(NodeSetup.DEFAULT.jvm("-Xmx128m"));
                RawConnection slow = open(node).send(SMALL)) {
            for (int i = 0; i < CONNECTIONS; i++) {
                RawConnection connection = open(node);
                hostile.add(connection);
                // It may be closed before it has sent everything.
                var unused = connection.takes(LARGE);
                if (i % 200 == 0) {
                    assertThat(node.get("/health/ready").statusCode()).isEqualTo(200);
                    assertThat(node.post("/publish/public.a", "{\"data\": \"a\"}")
                                    .statusCode())
                            .isEqualTo(201);
                }
            }
            assertThat(hostile.subList(0, CONNECTIONS / 2)).allMatch(RawConnection::isEnded);
            assertThat(hostile.get(CONNECTIONS - 1).send("\r\n").answer().status())
                    .isEqualTo(404);
            assertThat(slow.send("a\r\n\r\n").answer().status()).isEqualTo(200);

            hostile.forEach(RawConnection::reset);
            hostile.clear();
            for (int i = 0; i < AFTERWARDS; i++) {
                hostile.add(open(node).send(LARGE));
            }
            assertThat(hostile).allMatch(each -> each.send("\r\n").answer().status() == 404);
            assertThat(node.isReady()).isTrue();
            assertThat(node.process().output()).noneMatch(line -> line.contains("ERROR") || line.contains("WARN"));
        } finally {
            hostile.forEach(RawConnection::reset);
        }
    }

    /** Their requests stay in memory with all header lines, for as long as the streams last. */
    @Test
    void streamsOfHttp10WithLargeHeads_fillNoHeap() {
        String stream =
                LARGE.replaceFirst("/a+ HTTP/1.1", "/stream/public.a?_=" + "a".repeat(12_000) + " HTTP/1.0") + "\r\n";
        List<RawConnection> hostile = new ArrayList<>();
        try (TestNode node = TestNode.standalone(NodeSetup.DEFAULT.jvm("-Xmx128m"))) {
            RawConnection first = open(node).send(stream);
            hostile.add(first);
            assertThat(first.answer(true).status()).isEqualTo(200);
            for (int i = 1; i < CONNECTIONS; i++) {
                RawConnection connection = open(node);
                hostile.add(connection);
                var unused = connection.takes(stream);
                if (i % 200 == 0) {
                    assertThat(node.get("/health/ready").statusCode()).isEqualTo(200);
                }
            }
            assertThat(hostile.subList(0, CONNECTIONS / 2)).allMatch(UnfinishedHeadsIT::isCut);
            assertThat(node.post("/publish/public.a", "{\"data\": \"a\"}").statusCode())
                    .isEqualTo(201);
            assertThat(node.process().output()).noneMatch(line -> line.contains("ERROR"));
        } finally {
            hostile.forEach(RawConnection::reset);
        }
    }

    private static boolean isCut(RawConnection stream) {
        while (!stream.isEnded()) {
            // What the stream has said until then.
        }
        return true;
    }

    private static RawConnection open(TestNode node) {
        return RawConnection.open(node.uri("/").getPort());
    }
}
