package io.ssebridge.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.membership.SplitBrainGuard;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodesAsTold;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FreezeWatchTest {
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicLong looks = new AtomicLong();
    private final SplitBrainGuard guard = new SplitBrainGuard(new NodesAsTold("self"), () -> {
        looks.incrementAndGet();
        return nanos.get();
    });
    private final FreezeWatch watch = new FreezeWatch(guard);

    private static Set<Thread> threads() {
        return Set.copyOf(Thread.getAllStackTraces().keySet());
    }

    @Test
    void aProcessThatStandsStill_isNoticed_andOneThatGoesOnIsNot() {
        Vertx vertx = Vertx.vertx();
        watch.start(vertx.getOrCreateContext());
        try {
            for (int i = 0; i < 3; i++) {
                nanos.addAndGet(Duration.ofSeconds(4).toNanos());
                long before = looks.get();
                Eventually.holds("the next tick", Duration.ofSeconds(10), () -> looks.get() > before + 4);
            }
            assertThat(guard.isInDoubt()).isFalse();

            nanos.addAndGet(Duration.ofSeconds(6).toNanos());
            Eventually.holds("a doubt", Duration.ofSeconds(10), guard::isInDoubt);
        } finally {
            watch.stop();
            vertx.close().await();
        }
    }

    @Test
    void theThread_endsWithTheVertx() throws InterruptedException {
        Vertx vertx = Vertx.vertx();
        Set<Thread> before = threads();
        watch.start(vertx.getOrCreateContext());
        Thread thread = Eventually.see(
                "the thread",
                Duration.ofSeconds(10),
                () -> threads().stream()
                        .filter(each -> !before.contains(each))
                        .filter(each -> each.getName().equals("sse-freeze-watch"))
                        .findAny()
                        .orElse(null),
                found -> found != null);
        vertx.close().await();
        thread.join(Duration.ofSeconds(10).toMillis());

        assertThat(thread.isAlive()).isFalse();
    }
}
