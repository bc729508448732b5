package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.vertx.core.http.HttpServerOptions;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RequestDecoderTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    private final EmbeddedChannel channel = new EmbeddedChannel();

    RequestDecoderTest() {
        RequestDecoder.add(channel.pipeline(), new HttpServerOptions());
    }

    @AfterEach
    void close() {
        assertThat(channel.finishAndReleaseAll()).isIn(true, false);
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    /** How many requests have come out that were not seen before. */
    private int requests() {
        int count = 0;
        for (Object message = channel.readInbound(); message != null; message = channel.readInbound()) {
            count += message instanceof HttpRequest ? 1 : 0;
        }
        return count;
    }

    private void answer(HttpResponseStatus status) {
        channel.writeOutbound(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status));
        channel.runPendingTasks();
    }

    /** A megabyte of requests of 18 bytes each took 25 MB of the heap, on each connection. */
    @Test
    void pipelinedRequests_areDecodedOneAtATime_andNoMoreAreRead() {
        channel.writeInbound(bytes(GET.repeat(1_000)));

        assertThat(requests()).isEqualTo(1);
        assertThat(channel.config().isAutoRead()).isFalse();
        for (int i = 1; i < 1_000; i++) {
            answer(HttpResponseStatus.OK);
            assertThat(requests()).isEqualTo(1);
        }
        answer(HttpResponseStatus.OK);
        assertThat(requests()).isZero();
        assertThat(channel.config().isAutoRead()).isTrue();
    }

    @Test
    void anInterimResponse_isNotTheEndOfARequest() {
        channel.writeInbound(bytes("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"));
        assertThat(requests()).isEqualTo(1);
        answer(HttpResponseStatus.CONTINUE);
        channel.writeInbound(bytes("ab" + GET));

        assertThat(requests()).isZero();
        answer(HttpResponseStatus.OK);
        assertThat(requests()).isEqualTo(1);
    }

    @Test
    void theBodyOfARequestThatIsAnsweredAlready_isReadToItsEnd() {
        channel.writeInbound(bytes("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\na"));
        assertThat(requests()).isEqualTo(1);
        answer(HttpResponseStatus.UNAUTHORIZED);
        channel.writeInbound(bytes("bcd" + GET + GET));

        assertThat(requests()).isEqualTo(1);
    }

    /** Eight thousand lines of four bytes each took a megabyte of the heap, for as long as a head may take. */
    @Test
    void aHeadOfThousandsOfLines_isRefusedAtItsTwoHundredAndFirst() {
        channel.writeInbound(bytes("GET / HTTP/1.1\r\nHost: a\r\n" + "a:\r\n".repeat(199)));
        assertThat(requests()).isZero();
        channel.writeInbound(bytes("a:\r\n"));

        HttpRequest refused = channel.readInbound();
        assertThat(refused.decoderResult().cause()).hasMessage("more than 200 header lines");
    }

    @Test
    void eachHead_mayHaveTwoHundredLines() {
        String head = "GET / HTTP/1.1\r\nHost: a\r\n" + "a:\r\n".repeat(199) + "\r\n";
        for (int i = 0; i < 3; i++) {
            channel.writeInbound(bytes(head));
            HttpRequest request = channel.readInbound();
            assertThat(request.decoderResult().isSuccess()).isTrue();
            assertThat(requests()).isZero();
            answer(HttpResponseStatus.OK);
        }
    }
}
