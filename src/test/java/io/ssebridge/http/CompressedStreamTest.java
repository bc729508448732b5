package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.LinesAsTheyCome;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client that accepts gzip gets compressed streams, whenever it comes. GZIPInputStream checks the checksum at the end. */
@Timeout(60)
class CompressedStreamTest {
    private static final String CHANNELS = """
            channels:
              - {channel: "open.{id}", subscribe: public, publish: public}
            """;
    private static final int BURST = 200;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private ServedNode node = ServedNode.of(CHANNELS, "compression: true");

    @AfterEach
    void close() {
        node.close();
    }

    /** Counts what comes over the wire. */
    private static final class Counted extends FilterInputStream {
        private long bytes;

        private Counted(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int next = in.read();
            bytes += next < 0 ? 0 : 1;
            return next;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int count = in.read(into, offset, length);
            bytes += Math.max(0, count);
            return count;
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + path));
    }

    private HttpResponse<InputStream> stream(String query, String acceptEncoding) throws Exception {
        return http.send(
                request("/stream" + query)
                        .header("Accept-Encoding", acceptEncoding)
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
    }

    private void publish(String channel, String json) throws Exception {
        HttpResponse<Void> answer = http.send(
                request("/publish/" + channel)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(json))
                        .build(),
                HttpResponse.BodyHandlers.discarding());
        assertThat(answer.statusCode() / 100).isEqualTo(2);
    }

    private void publishBurst(String channel) throws Exception {
        List<String> events = new ArrayList<>();
        for (int i = 0; i < BURST; i++) {
            events.add("{\"event\": \"goal\", \"data\": {\"match\": %d, \"player\": \"no %d\", \"minute\": %d}}"
                    .formatted(i * 31 % 7, i * 17 % 22, i * 13 % 90));
        }
        publish(channel, events.toString());
    }

    private static @Nullable String until(InputStream in, String beginning) throws IOException {
        return LinesAsTheyCome.until(in, line -> line.startsWith(beginning));
    }

    @Test
    void eachEvent_isReadableAtOnce_andTheStreamEndsAsGzipDoes() throws Exception {
        HttpResponse<InputStream> early = stream("/open.job", "br, gzip");
        assertThat(early.headers().firstValue("Content-Encoding")).contains("gzip");
        assertThat(early.headers().allValues("Vary")).contains("accept-encoding");
        try (InputStream one = new GZIPInputStream(early.body())) {
            assertThat(until(one, "event: stream-open")).isNotNull();
            publish("open.job", "{\"data\": \"first\"}");
            assertThat(until(one, "data: first")).isNotNull();
            try (InputStream two =
                    new GZIPInputStream(stream("/open.job", "gzip").body())) {
                assertThat(until(two, "event: stream-open")).isNotNull();
                publishBurst("open.job");
                publish("open.job", "{\"data\": \"last\", \"end\": true}");

                assertThat(until(one, "data: last")).isNotNull();
                assertThat(until(two, "data: last")).isNotNull();
                assertThat(until(one, "never")).isNull();
                assertThat(until(two, "never")).isNull();
            }
        }
    }

    @Test
    void missedEvents_takeAFewBytes() throws Exception {
        publishBurst("open.a");
        long plain = bytes("?channel=open.a&last=200", "identity");

        assertThat(bytes("?channel=open.a&last=200", "gzip")).isLessThan(plain * 35 / 100);
    }

    private long bytes(String query, String encoding) throws Exception {
        try (Counted counted = new Counted(stream(query, encoding).body());
                InputStream lines = encoding.equals("gzip") ? new GZIPInputStream(counted) : counted) {
            for (int i = 0; i < BURST; i++) {
                assertThat(until(lines, "event: goal")).isNotNull();
            }
            return counted.bytes;
        }
    }

    @Test
    void aClientThatDoesNotAskForIt_orANodeThatMayNot_hasAPlainStream() throws Exception {
        assertPlain("identity");
        assertPlain("gzip;q=0, *");
        assertPlain("br");
        node.close();
        node = ServedNode.of(CHANNELS);
        assertPlain("gzip");
    }

    private void assertPlain(String acceptEncoding) throws Exception {
        HttpResponse<InputStream> plain = stream("/open.a", acceptEncoding);
        try (InputStream lines = plain.body()) {
            assertThat(plain.headers().firstValue("Content-Encoding")).isEmpty();
            assertThat(until(lines, "event: stream-open")).isNotNull();
        }
    }
}
