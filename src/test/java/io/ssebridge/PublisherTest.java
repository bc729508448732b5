package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.event.Receipt;
import io.ssebridge.testing.Eventually;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
@Timeout(30)
class PublisherTest {
    private static final JsonObject OPTIONS = new JsonObject()
            .put("shutdown", new JsonObject().put("drain", "0ms").put("grace", "0ms"))
            .put(
                    "channels",
                    new JsonArray()
                            .add(new JsonObject()
                                    .put("channel", "live")
                                    .put("subscribe", "public")
                                    .put("publish", "none")
                                    .put("history", "none"))
                            .add(new JsonObject()
                                    .put("channel", "*")
                                    .put("subscribe", "public")
                                    .put("publish", "none")));

    @CanIgnoreReturnValue
    private static <T> T get(Future<T> future) throws Exception {
        return future.await(20, TimeUnit.SECONDS);
    }

    private static Bridge bridge(Vertx vertx) throws Exception {
        return get(Bridge.open(vertx, BridgeOptions.of(OPTIONS), new SimpleMeterRegistry()));
    }

    /** Stands for a node that has trouble: gets each message with the number of those before it. */
    private static List<Message<Object>> node(Vertx vertx, BiConsumer<Integer, Message<Object>> answer) {
        List<Message<Object>> messages = new CopyOnWriteArrayList<>();
        var unused = vertx.eventBus().consumer("sse.publish", message -> {
            messages.add(message);
            answer.accept(messages.size() - 1, message);
        });
        return messages;
    }

    private static void accept(Message<Object> message) {
        message.reply(new JsonObject().put("id", "x").put("channel", "news").put("sequence", 1));
    }

    @Test
    void theReceipt_hasChannelSequenceAndId(Vertx vertx) throws Exception {
        Bridge unused = bridge(vertx);
        Publisher publisher = new Publisher(vertx);
        assertThat(get(publisher.publish("news", new JsonObject().put("n", 1))).sequence())
                .isEqualTo(1);
        Receipt second = get(publisher.publish("news", "named", "text"));
        assertThat(second.channel().value()).isEqualTo("news");
        assertThat(second.sequence()).isEqualTo(2);
        assertThat(second.id()).isPresent();
    }

    @Test
    void onAChannelWithoutHistory_theReceiptHasNoId(Vertx vertx) throws Exception {
        Bridge unused = bridge(vertx);
        Receipt receipt = get(new Publisher(vertx).publish("live", "text"));
        assertThat(receipt.id()).isEmpty();
        assertThat(receipt.channel().value()).isEqualTo("live");
    }

    @Test
    void eventsOfOneChannel_keepTheirOrder_alsoIfTheyAreSentAgain(Vertx vertx) throws Exception {
        List<Message<Object>> messages = node(vertx, (number, message) -> {
            if (number % 3 == 0) {
                message.fail(503, "not now");
            } else {
                accept(message);
            }
        });
        Publisher publisher = new Publisher(vertx);
        List<Future<Receipt>> receipts = IntStream.range(0, 20)
                .mapToObj(i -> publisher.publish("news", Integer.toString(i)))
                .toList();
        get(Future.join(receipts));
        assertThat(messages.stream().map(message -> (String) message.body()).distinct())
                .containsExactlyElementsOf(
                        IntStream.range(0, 20).mapToObj(Integer::toString).toList());
    }

    @Test
    void anEventThatIsSentAgain_hasTheSameKey(Vertx vertx) throws Exception {
        List<Message<Object>> messages = node(vertx, (number, message) -> {
            if (number == 0) {
                message.fail(503, "not now");
            } else if (number == 1) {
                message.fail(429, "too many");
            } else {
                accept(message);
            }
        });
        assertThat(get(new Publisher(vertx).publish("news", "text")).id()).contains("x");
        assertThat(messages).hasSize(3);
        assertThat(messages.stream()
                        .map(message -> message.headers().get("key"))
                        .distinct())
                .hasSize(1);
    }

    @Test
    void anEventThatTheBridgeRefuses_isNotSentAgain_andTheNextOneIsSent(Vertx vertx) throws Exception {
        List<Message<Object>> messages = node(vertx, (number, message) -> {
            if (number == 0) {
                message.fail(413, "too large");
            } else {
                accept(message);
            }
        });
        Publisher publisher = new Publisher(vertx);
        Future<Receipt> refused = publisher.publish("news", "large");
        Future<Receipt> next = publisher.publish("news", "small");
        assertThatThrownBy(() -> get(refused))
                .isInstanceOfSatisfying(
                        ReplyException.class, e -> assertThat(e.failureCode()).isEqualTo(413));
        assertThat(get(next).sequence()).isEqualTo(1);
        assertThat(messages).hasSize(2);
    }

    @Test
    void withoutANode_anEventFailsAfterItsTime(Vertx vertx) {
        Publisher publisher = new Publisher(vertx, Duration.ofMillis(200), 10);
        long begunNanos = System.nanoTime();
        assertThatThrownBy(() -> get(publisher.publish("news", "text"))).isInstanceOf(ReplyException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - begunNanos)).isGreaterThanOrEqualTo(Duration.ofMillis(200));
    }

    @Test
    void moreEventsThanMayWait_areRefusedAtOnce(Vertx vertx) throws Exception {
        List<Message<Object>> messages = node(vertx, (number, message) -> {});
        Publisher publisher = new Publisher(vertx, Duration.ofSeconds(20), 2);
        Future<Receipt> first = publisher.publish("a", "1");
        Future<Receipt> second = publisher.publish("b", "2");
        assertThatThrownBy(() -> get(publisher.publish("c", "3")))
                .isInstanceOfSatisfying(
                        ReplyException.class, e -> assertThat(e.failureCode()).isEqualTo(429));
        Eventually.holds("two messages", Duration.ofSeconds(10), () -> messages.size() == 2);
        messages.forEach(PublisherTest::accept);
        get(Future.join(first, second));
        // There is room again.
        Future<Receipt> third = publisher.publish("c", "4");
        Eventually.holds("a third message", Duration.ofSeconds(10), () -> messages.size() == 3);
        accept(messages.get(2));
        assertThat(get(third).sequence()).isEqualTo(1);
    }

    @Test
    void aBodyWithoutACodec_fails_andTheNextEventIsSent(Vertx vertx) throws Exception {
        List<Message<Object>> unused = node(vertx, (number, message) -> accept(message));
        Publisher publisher = new Publisher(vertx);
        Future<Receipt> refused = publisher.publish("news", new Thread());
        Future<Receipt> next = publisher.publish("news", "text");
        assertThatThrownBy(() -> get(refused)).isInstanceOf(IllegalArgumentException.class);
        assertThat(get(next).sequence()).isEqualTo(1);
    }

    @Test
    void anAnswerThatIsNotAReceipt_fails_andTheNextEventIsSent(Vertx vertx) throws Exception {
        List<Message<Object>> unused = node(vertx, (number, message) -> {
            if (number == 0) {
                message.reply(new JsonObject());
            } else {
                accept(message);
            }
        });
        Publisher publisher = new Publisher(vertx);
        Future<Receipt> strange = publisher.publish("news", "1");
        Future<Receipt> next = publisher.publish("news", "2");
        assertThatThrownBy(() -> get(strange)).isInstanceOf(IllegalArgumentException.class);
        assertThat(get(next).sequence()).isEqualTo(1);
    }
}
