package io.ssebridge.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ssebridge.testing.OnContext;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.junit5.VertxExtension;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Which threads an owner accepts. */
@ExtendWith(VertxExtension.class)
@Timeout(30)
class OwnerTest {
    private final Vertx vertx;
    private final Context context;
    private final Context otherLoop;
    private final Context sameLoop;
    private final Owner owner;

    OwnerTest(Vertx vertx) {
        this.vertx = vertx;
        this.context = context();
        this.otherLoop = context(thread -> thread != thread(context));
        this.sameLoop = context(thread -> thread == thread(context));
        this.owner = new Owner(context);
    }

    @Test
    void theOwnersContext_isAccepted() {
        assertThatCode(() -> assertHereOn(context)).doesNotThrowAnyException();
    }

    @Test
    void anotherContextOfTheSameEventLoop_isAccepted() {
        assertThat(thread(sameLoop)).isSameAs(thread(context));
        assertThatCode(() -> assertHereOn(sameLoop)).doesNotThrowAnyException();
    }

    @Test
    void anotherEventLoop_failsWithAnAssertion() {
        new OnContext(context).run(() -> {});
        assertThat(thread(otherLoop)).isNotSameAs(thread(context));
        assertThatThrownBy(() -> assertHereOn(otherLoop)).hasCauseInstanceOf(AssertionError.class);
    }

    @Test
    void anyOtherThread_failsWithAnAssertion() {
        new OnContext(context).run(() -> {});
        assertThatThrownBy(owner::assertHere)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("called on %s", Thread.currentThread());
    }

    private void assertHereOn(Context caller) {
        new OnContext(caller).run(owner::assertHere);
    }

    private static Thread thread(Context of) {
        return new OnContext(of).get(Thread::currentThread);
    }

    private Context context(Predicate<Thread> isWanted) {
        // Contexts take turns with the event loops.
        return Stream.generate(this::context)
                .limit(VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE + 1)
                .filter(made -> isWanted.test(thread(made)))
                .findFirst()
                .orElseThrow();
    }

    private Context context() {
        AtomicReference<Context> made = new AtomicReference<>();
        String unused = vertx.deployVerticle(new VerticleBase() {
                    @Override
                    public Future<?> start() {
                        made.set(context);
                        return Future.succeededFuture();
                    }
                })
                .await();
        return made.get();
    }
}
