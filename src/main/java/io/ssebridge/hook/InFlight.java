package io.ssebridge.hook;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The questions in flight of one event loop. The same question, asked again meanwhile, gets the same answer. An answer is not
 * kept: the next question may get another one.
 *
 * <p><b>Owner:</b> the event loop.
 *
 * @param <K> what makes two questions the same
 * @param <V> the answer
 */
final class InFlight<K, V> {
    private final Map<K, Future<V>> asked = new HashMap<>();

    /**
     * Asks a question, unless it is in flight.
     *
     * @param ask asks it; is not answered at once
     * @return the answer, in a task of its own on the context of the caller: thousands may wait for one answer
     */
    Future<V> ask(K question, Supplier<Future<V>> ask) {
        Future<V> known = asked.get(question);
        if (known == null) {
            Future<V> made = ask.get();
            asked.put(question, made);
            made.onComplete(done -> asked.remove(question, made));
            known = made;
        }
        Promise<V> own = Promise.promise();
        Context current = Vertx.currentContext();
        known.onComplete(done -> {
            if (current == null) {
                own.handle(done);
            } else {
                current.runOnContext(next -> own.handle(done));
            }
        });
        return own.future();
    }
}
