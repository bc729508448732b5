package io.ssebridge.bus;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.Config;
import io.ssebridge.hub.Owner;
import io.ssebridge.testing.NodesAsTold;
import io.ssebridge.testing.OnContext;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The consumers of a clustered Vert.x. The test makes it itself: the Vert.x of the extension is not clustered. */
@Timeout(60)
class LateConsumersTest {
    private static final int TIMES = 100;

    private Vertx vertx = Vertx.vertx();

    @BeforeEach
    void join() throws TimeoutException {
        Config alone = new Config("test-" + UUID.randomUUID());
        alone.setProperty("hazelcast.socket.bind.any", "false");
        alone.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        alone.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
        vertx = Vertx.builder()
                .withClusterManager(new HazelcastClusterManager(alone))
                .buildClustered()
                .await(30, TimeUnit.SECONDS);
    }

    @AfterEach
    void leave() throws TimeoutException {
        vertx.close().await(30, TimeUnit.SECONDS);
    }

    /** The threads of connections deliver messages at any moment. Vert.x drops a message of another node that finds no consumer. */
    @Test
    void anAddressThatIsOpenedAgain_alwaysHasAConsumer() {
        Context context = vertx.getOrCreateContext();
        OnContext owner = new OnContext(context);
        BusConsumers consumers = new BusConsumers(new Owner(context), vertx, new NodesAsTold("self"));
        Handler<Message<Object>> taken = message -> message.reply("taken");
        owner.call(() -> consumers.open("news", taken));

        AtomicBoolean done = new AtomicBoolean();
        Set<String> answers = ConcurrentHashMap.newKeySet();
        CompletableFuture<Void> sender = CompletableFuture.runAsync(() -> {
            while (!done.get()) {
                answers.add(ask());
            }
        });
        for (int i = 0; i < TIMES; i++) {
            owner.call(() -> consumers.close("news"));
            owner.call(() -> consumers.open("news", taken));
        }
        done.set(true);
        sender.join();

        assertThat(answers).contains("taken").isSubsetOf("taken", "No handlers for address news here any more");
    }

    private String ask() {
        try {
            return String.valueOf(vertx.eventBus().request("news", "?").await().body());
        } catch (ReplyException refused) {
            return String.valueOf(refused.getMessage());
        }
    }
}
