package io.ssebridge.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ssebridge.hub.Owner;
import io.ssebridge.testing.NodesAsTold;
import io.ssebridge.testing.OnContext;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.junit5.VertxExtension;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
@Timeout(30)
class BusConsumersTest {
    /** The rules refuse such channels before. This is the last door. */
    @Test
    void noChannel_takesAReservedAddress(Vertx vertx) {
        Context context = vertx.getOrCreateContext();
        OnContext owner = new OnContext(context);
        BusConsumers consumers = new BusConsumers(context, vertx, new NodesAsTold("self"));
        LoopConsumers loop = new LoopConsumers(new Owner(context), context, consumers);
        for (String address : List.of("sse.publish", "sse.node.self", "__vertx.subs")) {
            owner.call(() -> consumers.open(address, message -> message.reply("the bridge")));
            Future<Void> mapped =
                    owner.get(() -> loop.openMapped(address, "a channel", message -> message.reply("a channel")));

            assertThatThrownBy(mapped::await).hasMessage("address " + address + ": is reserved");
            assertThat(vertx.eventBus().request(address, "who?").await().body()).isEqualTo("the bridge");
        }
        assertThat(owner.get(consumers::failed)).isEmpty();
    }

    /** A request "timed out" while a node stopped, although no time had passed: the sender could not know that none had taken it. */
    @Test
    void aRequestThatComesWhileItsConsumerIsRemoved_isRefused(Vertx vertx) {
        Context context = vertx.getOrCreateContext();
        OnContext owner = new OnContext(context);
        BusConsumers consumers = new BusConsumers(context, vertx, new NodesAsTold("self"));
        owner.call(() -> consumers.open("news", message -> message.reply("taken")));

        List<Future<Message<Object>>> requests = new ArrayList<>();
        owner.call(() -> {
            // The request waits for the next turn of the event loop, and by then there is no consumer.
            CompletableFuture.runAsync(() -> requests.add(vertx.eventBus().request("news", "who?")))
                    .join();
            return consumers.close("news");
        });

        assertThatThrownBy(requests.get(0)::await)
                .isInstanceOfSatisfying(
                        ReplyException.class,
                        failure -> assertThat(failure.failureType()).isEqualTo(ReplyFailure.NO_HANDLERS));
    }
}
