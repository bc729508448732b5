package io.ssebridge.bus;

import io.ssebridge.bus.HistoryPage.PageAnswer;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventFilter;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.ReadingQueue;
import io.ssebridge.history.TooManyReadingsException;
import io.ssebridge.wire.Refusals;
import io.vertx.core.Future;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@code sse.history} on every node. All nodes read the same histories.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class HistoryService {
    private static final String ADDRESS = "sse.history";

    private final ChannelRules rules;
    private final LeaderClient leaders;
    private final HistoryReader history;
    private final ReadingQueue pages;
    private final Map<PageRequest, Future<PageAnswer>> inFlight = new HashMap<>();
    private int unanswered;

    private record PageRequest(ChannelName channel, HistoryPage page, Cursor tail, EventFilter filter) {
        private PageRequest with(EventFilter other) {
            return new PageRequest(channel, page, tail, other);
        }
    }

    /**
     * Creates the service. It answers after {@link #open}.
     *
     * @param pages limits the number of pages that are read at the same time, because each holds its events until it is
     *     complete
     */
    HistoryService(ChannelRules rules, LeaderClient leaders, HistoryReader history, ReadingQueue pages) {
        this.rules = rules;
        this.leaders = leaders;
        this.history = history;
        this.pages = pages;
    }

    Future<Void> open(BusConsumers consumers) {
        return consumers.open(ADDRESS, this::answer);
    }

    Future<Void> close(BusConsumers consumers) {
        return consumers.close(ADDRESS);
    }

    /** Returns whether all questions on the event bus are answered. */
    boolean isQuiet() {
        return unanswered == 0;
    }

    /** Reads a page of a channel's history, as far as a reader gets its events. */
    Future<JsonObject> read(ChannelName channel, HistoryPage page, EventFilter filter) {
        return leaders.tail(channel)
                .compose(tail -> read(new PageRequest(channel, page, tail, filter)))
                .map(PageAnswer::json)
                .recover(failure -> Future.failedFuture(refusal(failure)));
    }

    private static Throwable refusal(Throwable failure) {
        if (failure instanceof TooManyReadingsException) {
            return Refusals.of(Refusals.UNAVAILABLE, String.valueOf(failure.getMessage()));
        }
        boolean isKnown = failure instanceof ReplyException || failure instanceof IllegalArgumentException;
        return isKnown || failure instanceof Error
                ? failure
                : Refusals.of(Refusals.UNAVAILABLE, "the history cannot be read now");
    }

    /**
     * Nearly always a page is the same for all readers. So it is read for all of them first, and only read for the one
     * reader if it is not. The beginning of the newest events depends on the reader from the start.
     */
    private Future<PageAnswer> read(PageRequest question) {
        if (question.filter().profile() == null || question.page().isOfNewest()) {
            return shared(question);
        }
        return shared(question.with(EventFilter.EVERYTHING))
                .compose(page -> page.selective() ? shared(question) : Future.succeededFuture(page));
    }

    /** Reads and encodes a page once for all callers that request it at the same time. */
    private Future<PageAnswer> shared(PageRequest question) {
        Future<PageAnswer> known = inFlight.get(question);
        if (known != null) {
            return known;
        }
        Future<PageAnswer> page = pages.add(
                question.channel(),
                question.page().maxBytes(),
                turn -> question.page().read(history, question.channel(), question.tail(), turn, question.filter()));
        if (!page.isComplete()) {
            inFlight.put(question, page);
        }
        return page.onComplete(done -> inFlight.remove(question, page));
    }

    private void answer(Message<Object> message) {
        unanswered++;
        Future.<Void>succeededFuture()
                .compose(asked -> {
                    JsonObject body = body(message);
                    ChannelName channel = new ChannelName(text(body, "channel").orElseThrow(HistoryService::noChannel));
                    if (rules.find(channel).isEmpty()) {
                        throw Refusals.noRule(channel);
                    }
                    return read(channel, page(body), EventFilter.EVERYTHING);
                })
                .onSuccess(message::reply)
                .onFailure(failure -> Refusals.fail(message, failure))
                .onComplete(answered -> unanswered--);
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
        @Nullable Integer last = count(body, "last");
        @Nullable Long sinceMillis = number(body, "since");
        @Nullable Integer limit = count(body, "limit");
        return new HistoryPage(
                text(body, "after"),
                last == null ? OptionalInt.empty() : OptionalInt.of(last),
                sinceMillis == null ? OptionalLong.empty() : OptionalLong.of(sinceMillis),
                limit == null ? HistoryPage.DEFAULT_LIMIT : limit);
    }

    private static @Nullable Integer count(JsonObject body, String key) {
        @Nullable Long number = number(body, key);
        if (number == null) {
            return null;
        }
        if (number < 0 || number > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("%s: %d (expected: 0 to %d)".formatted(key, number, Integer.MAX_VALUE));
        }
        return number.intValue();
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
