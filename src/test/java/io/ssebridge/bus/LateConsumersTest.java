package io.ssebridge.bus;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.Config;
import io.ssebridge.hub.Owner;
import io.ssebridge.loop.LoopContexts;
import io.ssebridge.testing.NodesAsTold;
import io.ssebridge.testing.OnContext;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
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
    // Of two event loops of a node.
    private final List<OnContext> owners = new ArrayList<>();
    private final List<LoopConsumers> loops = new ArrayList<>();

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
        BusConsumers consumers = new BusConsumers(context, vertx, new NodesAsTold("self"));
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

    private void openTwo() {
        Context first = vertx.getOrCreateContext();
        BusConsumers consumers = new BusConsumers(first, vertx, new NodesAsTold("self"));
        for (Context context : LoopContexts.of(vertx, first, 2)) {
            owners.add(new OnContext(context));
            loops.add(new LoopConsumers(new Owner(context), context, consumers));
        }
    }

    /** Vert.x deals the messages of an address over all its consumers on a node: the old one would refuse its part. */
    @Test
    void anAddressThatMovesToAnotherEventLoop_hasOneConsumerThere() {
        openTwo();
        for (int i = 0; i < TIMES; i++) {
            String here = "taken by " + i;
            int to = i % 2;
            Thread thread = owners.get(to).get(Thread::currentThread);
            owners.get(to)
                    .call(() -> loops.get(to)
                            .open(
                                    "news",
                                    here,
                                    message -> message.reply(
                                            Thread.currentThread().equals(thread) ? here : "on another event loop")));
            // The channel that has lost the address closes it too, sooner or later.
            int from = 1 - to;
            int before = i - 1;
            Future<Void> closed = owners.get(from).get(() -> loops.get(from).close("news", "taken by " + before));

            assertThat(new HashSet<>(List.of(ask(), ask(), ask(), ask())))
                    .as("from %s on", i)
                    .containsExactly(here);
            closed.await();
        }
        int last = TIMES - 1;
        owners.get(last % 2).call(() -> loops.get(last % 2).close("news", "taken by " + last));
        assertThat(ask()).contains("No handlers");
    }

    @Test
    void anAddressThatIsTakenBackAtOnce_staysWithTheLastTaker() {
        openTwo();
        for (int i = 0; i < TIMES; i++) {
            List<Future<Void>> opened = new ArrayList<>();
            for (int take = 0; take < 5; take++) {
                int to = take % 2;
                String here = "taken by " + i + " " + take;
                opened.add(owners.get(to).get(() -> loops.get(to).open("news", here, message -> message.reply(here))));
            }
            // Those before may fail, because the address was taken from them.
            Future.join(opened).transform(all -> opened.get(opened.size() - 1)).await();

            assertThat(new HashSet<>(List.of(ask(), ask(), ask(), ask()))).containsExactly("taken by " + i + " 4");
        }
    }

    @Test
    void anAddressThatAnotherChannelHasTaken_isNotClosedByTheOneBefore() {
        openTwo();
        for (LoopConsumers loop : loops) {
            OnContext owner = owners.get(loops.indexOf(loop));
            owner.call(() -> loop.open("news", "before", message -> message.reply("before")));
            owner.call(() -> loop.open("news", "now", message -> message.reply("now")));
            owner.call(() -> loop.close("news", "before"));

            assertThat(ask()).isEqualTo("now");
            owner.call(() -> loop.close("news", "now"));
        }
    }

    @Test
    void theMessagesOfAnAddress_comeOnTheEventLoopThatHasOpenedIt() {
        openTwo();
        for (int i = 0; i < 2; i++) {
            int loop = i;
            owners.get(i)
                    .call(() -> loops.get(loop)
                            .open(
                                    "news" + loop,
                                    "channel",
                                    message ->
                                            message.reply(Thread.currentThread().getName())));
        }
        List<String> threads = owners.stream()
                .map(owner -> owner.get(() -> Thread.currentThread().getName()))
                .toList();

        assertThat(threads).doesNotHaveDuplicates();
        for (int i = 0; i < 2; i++) {
            assertThat(vertx.eventBus().request("news" + i, "?").await().body()).isEqualTo(threads.get(i));
        }
    }

    private String ask() {
        try {
            return String.valueOf(vertx.eventBus().request("news", "?").await().body());
        } catch (ReplyException refused) {
            return String.valueOf(refused.getMessage());
        }
    }
}
