package io.ssebridge.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ssebridge.testing.NodesAsTold;
import io.ssebridge.testing.OnContext;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
@Timeout(30)
class BusConsumersTest {
    /** The rules refuse such channels before. This is the last door. */
    @Test
    void noChannel_takesAReservedAddress(Vertx vertx) {
        OnContext owner = new OnContext(vertx.getOrCreateContext());
        BusConsumers consumers = new BusConsumers(vertx, new NodesAsTold("self"));
        for (String address : List.of("sse.publish", "sse.node.self", "__vertx.subs")) {
            owner.call(() -> consumers.open(address, message -> message.reply("the bridge")));
            Future<Void> mapped = owner.get(() -> consumers.openMapped(address, message -> message.reply("a channel")));

            assertThatThrownBy(mapped::await).hasMessage("address " + address + ": is reserved");
            assertThat(vertx.eventBus().request(address, "who?").await().body()).isEqualTo("the bridge");
        }
        assertThat(owner.get(consumers::failed)).isEmpty();
    }
}
