package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.http.HttpClosedException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.Test;

class GoneClientsTest {
    /** A client that left before the answer filled the log with a stack trace. */
    @Test
    void onlyTheEndOfAConnection_isAGoneClient() {
        assertThat(GoneClients.isGone(new ClosedChannelException())).isTrue();
        assertThat(GoneClients.isGone(new SocketException("Connection reset"))).isTrue();
        assertThat(GoneClients.isGone(new IOException("Broken pipe"))).isTrue();
        assertThat(GoneClients.isGone(new HttpClosedException("closed"))).isTrue();

        assertThat(GoneClients.isGone(new FileNotFoundException("index.html"))).isFalse();
        assertThat(GoneClients.isGone(new IllegalStateException())).isFalse();
        assertThat(GoneClients.isGone(null)).isFalse();
    }
}
