package io.ssebridge.http1;

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
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class RequestDecoderTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    private static final String BEGIN = "GET / HTTP/1.1\r\nHost: a\r\n";
    private static final int MAX_HELD = 200_000;

    private final HeadBudget heads = new HeadBudget(MAX_HELD);
    private final List<EmbeddedChannel> channels = new ArrayList<>();
    private final EmbeddedChannel channel = open();

    private EmbeddedChannel open() {
        EmbeddedChannel opened = new EmbeddedChannel();
        HttpServerOptions options =
                new HttpServerOptions().setMaxInitialLineLength(16 * 1024).setMaxHeaderSize(32 * 1024);
        RequestDecoder.add(opened.pipeline(), options, heads);
        channels.add(opened);
        return opened;
    }

    @AfterEach
    void close() {
        channels.forEach(each -> assertThat(each.finishAndReleaseAll()).isIn(true, false));
        assertThat(heads.bytes()).isZero();
    }

    /** Header lines of 160 bytes each. */
    private static String lines(int count) {
        return ("a: " + "b".repeat(155) + "\r\n").repeat(count);
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

    /** Answers began with the client's name for the protocol. */
    @ParameterizedTest
    @ValueSource(strings = {"XTTP/1.1", "H\u00d1TP/1.1", "FTP/1.1", "HTTP/9.9", "HTTP/1.2", "HTTP/2.0"})
    void anotherProtocol_isAMalformedRequest(String protocol) {
        channel.writeInbound(Unpooled.copiedBuffer(GET.replace("HTTP/1.1", protocol), StandardCharsets.ISO_8859_1));

        HttpRequest request = channel.readInbound();
        assertThat(request.decoderResult().isFailure()).isTrue();
        assertThat(request.protocolVersion().protocolName()).isEqualTo("HTTP");
        assertThat(request.protocolVersion().majorVersion()).isEqualTo(1);
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

    /** Four thousand connections with 45 KB of a head that did not end stopped a node of 256 MB. */
    @Test
    void headsThatDoNotEnd_areBounded_andTheLargestGoesFirst() {
        channel.writeInbound(bytes(BEGIN + lines(20)));
        EmbeddedChannel larger = open();
        larger.writeInbound(bytes(BEGIN + lines(60)));
        EmbeddedChannel largest = open();
        largest.writeInbound(bytes(BEGIN + lines(180)));
        for (int i = 0; i < 100 && largest.isOpen(); i++) {
            open().writeInbound(bytes(BEGIN + lines(10)));
        }

        assertThat(heads.bytes()).isLessThanOrEqualTo(MAX_HELD);
        assertThat(channels).filteredOn(each -> !each.isOpen()).containsExactly(largest);
        channel.writeInbound(bytes("\r\n"));
        assertThat(requests()).isEqualTo(1);
    }

    @Test
    void ofManySmallHeadsThatDoNotEnd_theOldestGoesFirst_notAnHonestOneThatIsLarger() {
        List<EmbeddedChannel> small =
                IntStream.range(0, 500).mapToObj(i -> open()).toList();
        small.forEach(each -> each.writeInbound(bytes(BEGIN + lines(1))));
        channel.writeInbound(bytes(BEGIN + lines(20)));
        small.subList(0, 100).stream()
                .filter(EmbeddedChannel::isOpen)
                .forEach(each -> each.writeInbound(bytes(lines(1))));

        assertThat(heads.bytes()).isLessThanOrEqualTo(MAX_HELD);
        assertThat(small.get(0).isOpen()).isFalse();
        assertThat(small.get(499).isOpen()).isTrue();
        channel.writeInbound(bytes("\r\n"));
        assertThat(requests()).isEqualTo(1);
    }

    @Test
    void anUnfinishedHead_countsWithWhatItTakesOnTheHeap() {
        channel.writeInbound(bytes(BEGIN + "a:\r\n".repeat(199)));

        // 820 bytes came.
        assertThat(heads.bytes()).isBetween(30_000L, 40_000L);
    }

    @Test
    void aLineThatDoesNotEnd_countsWithTheWholeBufferThatHasIt() {
        channel.writeInbound(bytes(BEGIN));
        long before = heads.bytes();
        channel.writeInbound(Unpooled.buffer(8_192).writeBytes(bytes("a")));

        assertThat(heads.bytes() - before).isEqualTo(8_192);
    }

    @Test
    void foldedLinesThatDoNotEnd_count() {
        channel.writeInbound(bytes(BEGIN + "a: b\r\n" + (" " + "b".repeat(97) + "\r\n").repeat(100)));

        assertThat(heads.bytes()).isBetween(10_000L, 12_000L);
    }

    @Test
    void aTrailerThatDoesNotEnd_counts_beforeAndAfterTheResponse() {
        channel.writeInbound(
                bytes("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n" + lines(100)));
        assertThat(heads.bytes()).isBetween(30_000L, 40_000L);
        answer(HttpResponseStatus.OK);
        assertThat(heads.bytes()).isBetween(30_000L, 40_000L);

        channel.writeInbound(bytes("\r\n"));
        assertThat(heads.bytes()).isZero();
    }

    @Test
    void theHeadOfARequest_counts_untilItsBodyHasCome() {
        channel.writeInbound(bytes("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\na"));
        assertThat(heads.bytes()).isBetween(900L, 1_500L);

        channel.writeInbound(bytes("bcd"));
        assertThat(heads.bytes()).isZero();
    }

    @Test
    void aRequestThatWaitsForTheResponseToTheOneBefore_countsWithItsBuffer() {
        channel.writeInbound(bytes(GET));
        assertThat(heads.bytes()).isZero();
        channel.writeInbound(Unpooled.buffer(4_096).writeBytes(bytes(GET)));
        assertThat(heads.bytes()).isEqualTo(4_096);

        answer(HttpResponseStatus.OK);
        assertThat(heads.bytes()).isZero();
    }

    /** Vert.x keeps the head for as long as the response lasts, which a stream of HTTP/1.0 does for hours. */
    @Test
    void aLargeHead_counts_untilItsResponseHasEnded() {
        channel.writeInbound(bytes("GET / HTTP/1.0\r\n" + lines(100) + "\r\n"));
        assertThat(requests()).isEqualTo(1);
        assertThat(heads.bytes()).isBetween(30_000L, 40_000L);
        channel.writeInbound(bytes("a"));
        assertThat(heads.bytes()).isBetween(30_000L, 40_000L);

        answer(HttpResponseStatus.OK);
        channel.writeInbound(bytes(GET.substring(1)));
        assertThat(heads.bytes()).isZero();
    }

    @Test
    void aHeadOfUsualSizeThatIsBeingAnswered_doesNotCount() {
        channel.writeInbound(bytes("GET / HTTP/1.0\r\n" + lines(30) + "\r\n"));
        assertThat(requests()).isEqualTo(1);
        assertThat(heads.bytes()).isZero();
    }

    @Test
    void aRequestOfUsualSizeThatArrivesAtOnce_isNeverClosed_howeverFullTheMemoryIs() {
        for (int i = 0; i < 500; i++) {
            open().writeInbound(bytes(BEGIN + lines(1)));
        }
        for (int i = 0; i < 10; i++) {
            channel.writeInbound(bytes(BEGIN + lines(20)), bytes(lines(20) + "\r\n"));
            assertThat(requests()).isEqualTo(1);
            answer(HttpResponseStatus.OK);
        }
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void theBytesOfAConnection_areGivenBack_howeverItEnds() {
        String begin = "GET / HTTP/1.1\r\n" + lines(10);
        EmbeddedChannel closed = open();
        EmbeddedChannel takenOver = open();
        EmbeddedChannel malformed = open();
        List.of(closed, takenOver, malformed).forEach(each -> each.writeInbound(bytes(begin)));
        assertThat(heads.bytes()).isPositive();

        var unused = closed.close();
        takenOver.pipeline().remove(RequestDecoder.class);
        malformed.writeInbound(bytes("no header\r\n"));
        unused = malformed.close();
        assertThat(heads.bytes()).isZero();
    }

    /** Netty's decoder kept a buffer of the size of the longest line, for as long as the connection was open. */
    @Test
    void afterALargeHead_theDecoderIsANewOne_andTheConnectionGoesOn() {
        RequestDecoder first = channel.pipeline().get(RequestDecoder.class);
        channel.writeInbound(bytes(GET));
        answer(HttpResponseStatus.OK);
        assertThat(channel.pipeline().get(RequestDecoder.class)).isSameAs(first);

        String large = BEGIN + "a: " + "b".repeat(20_000) + "\r\n\r\n";
        channel.writeInbound(bytes(large));
        assertThat(channel.pipeline().get(RequestDecoder.class)).isNotSameAs(first);
        assertThat(requests()).isEqualTo(2);
        channel.writeInbound(bytes(large + GET));
        assertThat(requests()).isZero();
        assertThat(channel.config().isAutoRead()).isFalse();
        answer(HttpResponseStatus.OK);
        assertThat(requests()).isEqualTo(1);
        answer(HttpResponseStatus.OK);
        assertThat(requests()).isEqualTo(1);
        assertThat(channel.config().isAutoRead()).isTrue();
        assertThat(heads.bytes()).isZero();
    }
}
