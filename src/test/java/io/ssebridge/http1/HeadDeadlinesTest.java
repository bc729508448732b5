package io.ssebridge.http1;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.http.RawConnection;
import io.ssebridge.http.ServedNode;
import io.ssebridge.testing.Eventually;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HeadDeadlinesTest {
    private final ServedNode node = ServedNode.of("channels: [{channel: news, subscribe: public, publish: public}]");

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void aConnectionThatWasAnswered_owesTheNextHeadInTime() {
        try (RawConnection connection = RawConnection.open(node.port())) {
            int status = connection
                    .send("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
                    .answer()
                    .status();
            assertThat(status).isEqualTo(200);

            assertOwes(connection);
        }
    }

    /** Reading the body replaced the handler of the end of the response. */
    @Test
    void aConnectionThatHasPublished_owesTheNextHeadInTime() {
        try (RawConnection connection = RawConnection.open(node.port())) {
            int status = connection
                    .send("POST /publish/news HTTP/1.1\r\nHost: a\r\n"
                            + "Content-Type: text/plain\r\nContent-Length: 1\r\n\r\nx")
                    .answer()
                    .status();
            assertThat(status).isEqualTo(201);

            assertOwes(connection);
        }
    }

    /** Each byte is a sign of life, but no head. Lines would be too many for a head after a while. */
    private void assertOwes(RawConnection connection) {
        connection.send("GET / HTTP/1.1\r\na: ");
        Eventually.holds("its end", Duration.ofSeconds(10), () -> {
            node.clock().pass(ServedNode.HEAD_TIMEOUT.plus(Duration.ofMillis(1)));
            return !connection.takes("b");
        });
    }
}
