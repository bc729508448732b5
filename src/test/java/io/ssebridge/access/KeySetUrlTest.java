package io.ssebridge.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ssebridge.testing.KeySetServer;
import io.ssebridge.testing.Pause;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A fetch of a key set ends soon, whatever the server does, and takes little memory. */
@ExtendWith(VertxExtension.class)
@Timeout(30)
class KeySetUrlTest {
    private static final Duration TIMEOUT = Duration.ofMillis(700);

    private final Vertx vertx;

    KeySetUrlTest(Vertx vertx) {
        this.vertx = vertx;
    }

    private byte[] fetch(String url) throws TimeoutException {
        KeySetUrl document = new KeySetUrl(vertx, url, TIMEOUT, Duration.ofHours(1), Duration.ofHours(1));
        try {
            return document.read().await(10, TimeUnit.SECONDS);
        } finally {
            document.close();
        }
    }

    @Test
    void aKeySet_isFetched() throws TimeoutException {
        try (KeySetServer server = new KeySetServer("{}")) {
            assertThat(fetch(server.url() + "?tenant=a")).asString().isEqualTo("{}");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void aRedirect_isNotFollowed(int status) {
        try (KeySetServer target = new KeySetServer("{}");
                KeySetServer server = new KeySetServer("{}")) {
            server.answer(exchange -> {
                exchange.getResponseHeaders().set("Location", target.url());
                exchange.sendResponseHeaders(status, -1);
            });

            assertThatThrownBy(() -> fetch(server.url()))
                    .isInstanceOf(KeySetException.class)
                    .hasMessage("the answer has the status %d (expected: 200; redirects are not followed)", status);
            assertThat(target.requests()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {204, 401, 404, 429, 500, 503})
    void anotherStatus_isAFailure(int status) {
        try (KeySetServer server = new KeySetServer("{}")) {
            server.answer(KeySetServer.status(status, ""));

            assertThatThrownBy(() -> fetch(server.url())).hasMessageContaining("the status " + status);
        }
    }

    @Test
    void anEndlessAnswer_isCutAtTheLimit() {
        try (KeySetServer server = new KeySetServer("{}")) {
            server.answer(exchange -> {
                exchange.sendResponseHeaders(200, 0);
                try (OutputStream out = exchange.getResponseBody()) {
                    byte[] spaces = new byte[10_000];
                    // Ends when the node closes the connection.
                    for (int i = 0; i < 1_000_000; i++) {
                        out.write(spaces);
                    }
                }
            });

            assertThatThrownBy(() -> fetch(server.url())).hasMessage("it is larger than 262144 bytes");
        }
    }

    @Test
    void anAnswerOfTheLargestSize_isTaken() throws TimeoutException {
        try (KeySetServer server = new KeySetServer(" ".repeat(KeySetReader.MAX_BYTES))) {
            assertThat(fetch(server.url())).hasSize(KeySetReader.MAX_BYTES);
        }
    }

    @Test
    void aServerThatIsSilentOrSlow_isGivenUp() {
        try (KeySetServer server = new KeySetServer("{}")) {
            server.answer(exchange -> Pause.of(Duration.ofSeconds(20)));
            assertThatThrownBy(() -> fetch(server.url())).hasMessage("no complete answer within 700 ms");

            server.answer(exchange -> {
                exchange.sendResponseHeaders(200, 0);
                OutputStream out = exchange.getResponseBody();
                for (int i = 0; i < 400; i++) {
                    out.write(' ');
                    out.flush();
                    Pause.of(Duration.ofMillis(50));
                }
            });
            assertThatThrownBy(() -> fetch(server.url())).hasMessage("no complete answer within 700 ms");
        }
    }

    @Test
    void aServerThatIsNotThere_isAFailure() {
        String url;
        try (KeySetServer server = new KeySetServer("{}")) {
            url = server.url();
        }
        assertThatThrownBy(() -> fetch(url)).hasMessageContaining("refused");
    }

    @Test
    void aServerWithoutTls_isNotTakenForOneWithIt() {
        try (KeySetServer server = new KeySetServer("{}")) {
            assertThatThrownBy(() -> fetch(server.url().replace("http:", "https:")))
                    .isInstanceOf(Exception.class);
            assertThat(server.requests()).isZero();
        }
    }
}
