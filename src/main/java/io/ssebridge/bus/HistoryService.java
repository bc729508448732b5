package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.history.HistoryReader;
import io.vertx.core.Future;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@code sse.history} on every node: whichever is asked, the histories are the same.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class HistoryService {
    private static final String ADDRESS = "sse.history";

    private final ChannelRules rules;
    private final LeaderClient leaders;
    private final HistoryReader history;

    HistoryService(ChannelRules rules, LeaderClient leaders, HistoryReader history) {
        this.rules = rules;
        this.leaders = leaders;
        this.history = history;
    }

    Future<Void> open(Intake intake) {
        return intake.open(ADDRESS, this::answer);
    }

    /** A page of a channel's history. */
    Future<JsonObject> read(ChannelName channel, HistoryPage page) {
        return leaders.tail(channel).compose(tail -> page.read(history, channel, tail));
    }

    private void answer(Message<Object> message) {
        Future.<Void>succeededFuture()
                .compose(asked -> {
                    JsonObject body = body(message);
                    ChannelName channel = new ChannelName(text(body, "channel").orElseThrow(HistoryService::noChannel));
                    if (rules.find(channel).isEmpty()) {
                        throw Refusals.of(Refusals.NOT_FOUND, "channel \"%s\": no rule".formatted(channel));
                    }
                    return read(channel, page(body));
                })
                .onSuccess(message::reply)
                .onFailure(failure -> Refusals.fail(message, failure));
    }

    private static JsonObject body(Message<Object> message) {
        if (message.body() instanceof JsonObject body) {
            return body;
        }
        throw new IllegalArgumentException("body: expected a JsonObject with channel, and after, last, since or limit");
    }

    private static IllegalArgumentException noChannel() {
        return new IllegalArgumentException("channel: is missing");
    }

    private static HistoryPage page(JsonObject body) {
        @Nullable Long last = number(body, "last");
        @Nullable Long since = number(body, "since");
        @Nullable Long limit = number(body, "limit");
        return new HistoryPage(
                text(body, "after"),
                last == null ? OptionalInt.empty() : OptionalInt.of(Math.toIntExact(last)),
                since == null ? OptionalLong.empty() : OptionalLong.of(since),
                limit == null ? HistoryPage.DEFAULT_LIMIT : Math.toIntExact(limit));
    }

    private static Optional<String> text(JsonObject body, String key) {
        Object value = body.getValue(key);
        if (value != null && !(value instanceof String)) {
            throw new IllegalArgumentException(key + ": expected a string");
        }
        return Optional.ofNullable((String) value);
    }

    private static @Nullable Long number(JsonObject body, String key) {
        Object value = body.getValue(key);
        if (value == null) {
            return null;
        }
        if (value instanceof Integer || value instanceof Long) {
            return ((Number) value).longValue();
        }
        throw new IllegalArgumentException(key + ": expected a whole number");
    }
}
