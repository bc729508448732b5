package io.ssebridge.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ssebridge.hub.Owner;
import io.ssebridge.testing.NodesAsTold;
import io.ssebridge.testing.OnContext;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BusConsumersTest {
    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final OnContext owner = new OnContext(context);
    private final BusConsumers consumers = new BusConsumers(new Owner(context), vertx, new NodesAsTold("self"));

    @AfterEach
    void close() {
        vertx.close().await();
    }

    /** The rules refuse such channels before. This is the last door. */
    @Test
    void noChannel_takesAReservedAddress() {
        for (String address : List.of("sse.publish", "sse.node.self", "__vertx.subs")) {
            owner.call(() -> consumers.open(address, message -> message.reply("the bridge")));
            Future<Void> mapped = owner.get(() -> consumers.openMapped(address, message -> message.reply("a channel")));

            assertThatThrownBy(mapped::await).hasMessage("address " + address + ": is reserved");
            assertThat(vertx.eventBus().request(address, "who?").await().body()).isEqualTo("the bridge");
        }
        assertThat(owner.get(consumers::failed)).isEmpty();
    }
}
