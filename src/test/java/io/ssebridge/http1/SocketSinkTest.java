package io.ssebridge.http1;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandler;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

/** The changes of a Netty channel, as its stream is told of them. */
class SocketSinkTest {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final List<String> told = new ArrayList<>();
    private final SocketSink sink = new SocketSink(channel);

    SocketSinkTest() {
        channel.pipeline().addLast(sink);
        sink.onWritable(() -> told.add("writable"));
        sink.onClose(() -> told.add("closed"));
    }

    private ChannelOutboundBuffer queue() {
        return Objects.requireNonNull(channel.unsafe().outboundBuffer());
    }

    // Without it, a slow stream waits for the next announcement on its channel, which may never come.
    @Test
    void aChannelThatTakesFramesAgain_tellsItsStreamAtOnce() {
        queue().setUserDefinedWritability(1, false);
        channel.runPendingTasks();
        assertThat(sink.isWritable()).isFalse();
        assertThat(told).isEmpty();

        queue().setUserDefinedWritability(1, true);
        channel.runPendingTasks();
        assertThat(sink.isWritable()).isTrue();
        assertThat(told).containsExactly("writable");
    }

    // Encrypted for it alone, so that they count for each stream.
    @Test
    void withTls_aStreamSharesNoBytesWithOthers() throws NoSuchAlgorithmException {
        assertThat(sink.copies()).isFalse();

        EmbeddedChannel secure =
                new EmbeddedChannel(new SslHandler(SSLContext.getDefault().createSSLEngine()));
        assertThat(new SocketSink(secure).copies()).isTrue();
    }

    @Test
    void aChannelThatEnds_tellsItsStreamOnce() {
        var unused = channel.close();
        channel.runPendingTasks();

        assertThat(told).containsExactly("closed");
    }

    @Test
    void aChannelThatHasEndedBefore_tellsItsStreamToo() {
        var unused = channel.close();
        channel.runPendingTasks();
        told.clear();
        sink.onClose(() -> told.add("closed"));

        assertThat(told).containsExactly("closed");
    }

    @Test
    void aChannelThatBreaks_isClosed() {
        channel.pipeline().fireExceptionCaught(new IllegalStateException("broken"));
        channel.runPendingTasks();

        assertThat(channel.isOpen()).isFalse();
        assertThat(told).containsExactly("closed");
    }

    @Test
    void bytesOfAClientAfterItsRequest_areReleased() {
        ByteBuf said = Unpooled.buffer().writeByte('x');
        channel.writeInbound(said);

        assertThat(said.refCnt()).isZero();
    }
}
