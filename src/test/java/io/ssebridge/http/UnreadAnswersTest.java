package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class UnreadAnswersTest {
    private static final String LONG_NAME = "n".repeat(100);
    private static final String WRONG_EVENTS = "[" + String.join(",", Collections.nCopies(1_000, "0")) + "]";
    // More than this many do not fit into a sixteenth of any heap that tests have.
    private static final int MANY = 1_000;

    private final ServedNode node = ServedNode.of("channels: [{channel: \"{a}\", subscribe: public, publish: public}]");
    private final List<RawConnection> connections = new ArrayList<>();

    @AfterEach
    void close() {
        connections.forEach(RawConnection::close);
        node.close();
    }

    /** A request of 2 kB has an answer of 200 kB, which stayed in memory until the client had read it. */
    @Test
    void answersToManyEvents_thatAreNotRead_areBounded_andBlockNoOtherClient() throws Exception {
        InetAddress greedy = InetAddress.getByName("127.0.0.2");
        int taken = 0;
        while (taken < MANY && status(publish(greedy, LONG_NAME, WRONG_EVENTS)).equals("200")) {
            taken++;
        }
        assertThat(taken).isBetween(5, MANY - 1);

        RawConnection.Answer published = publish(InetAddress.getByName("127.0.0.3"), "news", events(1_000))
                .answer();
        assertThat(published.status()).isEqualTo(200);
        assertThat(new JsonArray(published.body())).hasSize(1_000);
    }

    private static String events(int count) {
        return new JsonArray(IntStream.range(0, count)
                        .mapToObj(i -> new JsonObject().put("data", i))
                        .toList())
                .encode();
    }

    private RawConnection publish(InetAddress from, String channel, String events) {
        RawConnection connection = RawConnection.open(node.port(), from);
        connections.add(connection);
        return connection.send("POST /publish/" + channel + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                + "Content-Length: " + events.length() + "\r\n\r\n" + events);
    }

    /** Reads the first line only. */
    private static String status(RawConnection connection) {
        return connection.text(12).substring(9);
    }
}
