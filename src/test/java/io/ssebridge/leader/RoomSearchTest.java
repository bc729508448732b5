package io.ssebridge.leader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.loop.LoopContexts;
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
                .call(() -> search.find(asking, RULE, NEWS).map(found -> {
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

        Future<Boolean> found = search.find(contexts.get(0), RULE, NEWS);
        assertThat(found.isComplete()).isTrue();
        assertThat(found.result()).isFalse();
    }

    @Test
    void aStalledEventLoop_countsAsOneWithoutRoom_andReleasesNothingLater() {
        OnContext stalled = new OnContext(contexts.get(1));
        CountDownLatch over = stalled.hold(() -> {});
        add(1, () -> true);
        add(2, () -> true);

        assertThat(search()).isTrue();
        assertThat(asked).containsExactly(2);
        over.countDown();
        stalled.settle();
        assertThat(asked).containsExactly(2);
    }

    @Test
    void aSearchWithAnException_fails() {
        add(1, () -> {
            throw new IllegalStateException("broken");
        });
        assertThatThrownBy(this::search).hasMessageContaining("broken");
    }
}
