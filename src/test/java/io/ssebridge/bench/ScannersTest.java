package io.ssebridge.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The load generator reads bytes that are cut anywhere: a check that miscounts is worse than no check. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ScannersTest {
    private static final int SIZE = 80;

    private final List<String> received = new ArrayList<>();

    private static String event(int publisher, int number, long due) {
        String data = new String(Payload.of(publisher, number, due, SIZE), StandardCharsets.US_ASCII);
        return "event: x\ndata: " + data + "\nid: abc\n\n";
    }

    private static String chunk(String text) {
        return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
    }

    private EventScanner events() {
        return new EventScanner(
                SIZE,
                "event: stream-open".getBytes(StandardCharsets.US_ASCII),
                (publisher, number, due) -> received.add(publisher + "/" + number + "/" + due));
    }

    private static void feedInTwo(ResponseScanner scanner, String text, int cut) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        scanner.feed(bytes, 0, cut);
        scanner.feed(bytes, cut, bytes.length);
    }

    @Test
    void aStreamInChunks_isReadWhereverItIsCut() {
        String response = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + chunk(":\n")
                + chunk("event: stream-open\ndata: {}\n\n")
                + chunk(event(0, 0, 5) + event(99, 1, 6_000_000_000L).substring(0, 30))
                + chunk(event(99, 1, 6_000_000_000L).substring(30) + ":\n")
                + chunk("event: stream-reset\ndata: {\"reason\": \"lost\"}\nid: x\n\n")
                + chunk(event(2, 999_999_999, 7));
        for (int cut = 0; cut <= response.length(); cut++) {
            received.clear();
            EventScanner events = events();
            ResponseScanner scanner = new ResponseScanner(events::feed);

            feedInTwo(scanner, response, cut);

            assertThat(received).as("cut at %d", cut).containsExactly("0/0/5", "99/1/6000000000", "2/999999999/7");
            assertThat(scanner.status()).isEqualTo(200);
            assertThat(events.isOpen()).isTrue();
            assertThat(events.resets()).isEqualTo(1);
            assertThat(scanner.isDone()).isFalse();
        }
    }

    @Test
    void aStreamWithoutChunks_goesOnToTheEndOfTheConnection() {
        EventScanner events = events();
        ResponseScanner scanner = new ResponseScanner(events::feed);

        feedInTwo(scanner, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + event(1, 2, 3), 60);

        assertThat(received).containsExactly("1/2/3");
        assertThat(scanner.isDone()).isFalse();
    }

    @Test
    void anAnswerOfKnownLength_ends() {
        for (String response : List.of(
                "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n",
                "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")) {
            for (int cut = 0; cut <= response.length(); cut++) {
                ResponseScanner scanner = new ResponseScanner((bytes, from, to) -> {});

                feedInTwo(scanner, response, cut);

                assertThat(scanner.isDone()).as("%s cut at %d", response, cut).isTrue();
                assertThat(scanner.status()).isEqualTo(201);
            }
        }
    }

    @Test
    void aPayload_isJsonOfTheSizeAskedFor() {
        byte[] payload = Payload.of(7, 123, 456, 150);

        assertThat(payload).hasSize(150);
        assertThat(new io.vertx.core.json.JsonObject(new String(payload, StandardCharsets.US_ASCII)).getInteger("p"))
                .isEqualTo(107);
    }
}
