package io.ssebridge.leader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.loop.LoopContexts;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Histories;
import io.ssebridge.testing.OnContext;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RoomSearchTest {
    private static final ChannelName NEWS = new ChannelName("news");
    private static final ChannelRule RULE = Histories.rule("**", 64, Duration.ofMinutes(10));

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(4));
    private final List<Context> contexts = LoopContexts.of(vertx, vertx.getOrCreateContext(), 4);
    private final RoomSearch search = new RoomSearch();
    private final AtomicInteger givenBack = new AtomicInteger();
    private final List<Integer> asked = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private void add(int loop, BooleanSupplier take) {
        search.add(contexts.get(loop), (rule, name) -> {
            assertThat(Vertx.currentContext()).isEqualTo(contexts.get(loop));
            asked.add(loop);
            return take.getAsBoolean();
        });
    }

    private boolean search() {
        Context asking = contexts.get(0);
        return new OnContext(asking)
                .call(() -> search.take(asking, RULE, NEWS, givenBack::incrementAndGet)
                        .map(found -> {
                            assertThat(Vertx.currentContext()).isEqualTo(asking);
                            return found;
                        }));
    }

    @Test
    void theOtherEventLoops_areAskedUntilOneHasRoom() {
        add(0, () -> true);
        add(1, () -> false);
        add(2, () -> true);
        add(3, () -> true);

        assertThat(search()).isTrue();
        assertThat(asked).containsExactly(1, 2);
    }

    @Test
    void ifNoEventLoopHasRoom_theSearchFindsNone() {
        for (int i = 0; i < 4; i++) {
            add(i, () -> false);
        }
        assertThat(search()).isFalse();
        assertThat(asked).containsExactly(1, 2, 3);
    }

    @Test
    void theOnlyEventLoop_getsItsAnswerAtOnce() {
        add(0, () -> true);

        Future<Boolean> found = search.take(contexts.get(0), RULE, NEWS, givenBack::incrementAndGet);
        assertThat(found.isComplete()).isTrue();
        assertThat(found.result()).isFalse();
    }

    @Test
    void aStalledEventLoop_hasNoRoom_andWhatItFindsLaterIsGivenBack() {
        CountDownLatch stalled = new CountDownLatch(1);
        add(1, () -> {
            try {
                return stalled.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                return false;
            }
        });
        add(2, () -> true);

        assertThat(search()).isFalse();
        assertThat(givenBack).hasValue(0);
        stalled.countDown();
        Eventually.holds("the room is given back", Duration.ofSeconds(10), () -> givenBack.get() == 1);
        assertThat(asked).containsExactly(1);
    }

    @Test
    void aSearchWithAnException_fails() {
        add(1, () -> {
            throw new IllegalStateException("broken");
        });
        assertThatThrownBy(this::search).hasMessageContaining("broken");
    }
}
