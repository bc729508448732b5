package io.ssebridge.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ssebridge.testing.FreePorts;
import io.ssebridge.testing.TestCertificate;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.tls.TlsOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.DeliveryOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Members of a cluster with TLS between them, one without, and one with a certificate of another authority. */
@Timeout(120)
class BusTlsIT {
    private static final int PATIENCE_SECONDS = 30;
    private static final long ANSWERED_MILLIS = 20_000;
    // No answer comes, however long the member waits.
    private static final long UNHEARD_MILLIS = 1_000;

    private final TestCertificate authority = TestCertificate.selfSigned("nodes");
    private final TestCluster cluster = new TestCluster();
    private final List<Vertx> members = new ArrayList<>();

    @TempDir
    private Path base;

    private int port;

    @AfterEach
    void close() {
        members.forEach(member -> member.close().await());
        cluster.close();
    }

    private Vertx join(Optional<TestCertificate> own, int busPort) throws IOException {
        Optional<TlsOptions> tls = Optional.empty();
        if (own.isPresent()) {
            Path directory = Files.createDirectory(base.resolve("member" + members.size()));
            own.get().write(directory);
            Path ca = Files.writeString(directory.resolve("ca.pem"), authority.pem());
            tls = Optional.of(
                    new TlsOptions(directory.resolve("cert.pem"), directory.resolve("key.pem"), Optional.of(ca)));
        }
        ClusterOptions options = new ClusterOptions(
                Optional.empty(), Optional.empty(), busPort, Optional.empty(), Optional.empty(), tls);
        Vertx member = Cluster.join(Optional.of(cluster.clusterConfig()), options, new VertxOptions())
                .toCompletionStage()
                .toCompletableFuture()
                .join();
        members.add(member);
        return member;
    }

    private static String ask(Vertx from, String address, long timeoutMillis) throws Exception {
        return from.eventBus()
                .<String>request(address, "hello", new DeliveryOptions().setSendTimeout(timeoutMillis))
                .map(reply -> reply.body())
                .await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void onlyMembersWithACertificateOfTheAuthority_areHeard() throws Exception {
        port = FreePorts.range(1);
        Vertx one = join(Optional.of(authority.sign("one")), port);
        Vertx two = join(Optional.of(authority.sign("two")), 0);
        one.eventBus()
                .<String>consumer("a", message -> message.reply(message.body() + " back"))
                .completion()
                .await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(ask(two, "a", ANSWERED_MILLIS)).isEqualTo("hello back");

        Vertx clear = join(Optional.empty(), 0);
        assertThatThrownBy(() -> ask(clear, "a", UNHEARD_MILLIS)).isInstanceOf(Exception.class);
        Vertx foreign = join(Optional.of(TestCertificate.selfSigned("nodes").sign("four")), 0);
        assertThatThrownBy(() -> ask(foreign, "a", UNHEARD_MILLIS)).isInstanceOf(Exception.class);
        assertThat(ask(two, "a", ANSWERED_MILLIS)).isEqualTo("hello back");

        assertThat(isWelcome(authority.trusted(authority.sign("five")))).isTrue();
        assertThat(isWelcome(authority.trusted())).isFalse();
    }

    private boolean isWelcome(SSLContext context) {
        try (SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
            // With the other version a client is told too late.
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.startHandshake();
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
