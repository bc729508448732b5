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
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@code sse.history} on every node. All nodes read the same histories.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class HistoryService {
    static final String ADDRESS = "sse.history";

    private final ChannelRules rules;
    private final PerLoop<LeaderClient> leaders;
    private final HistoryReader history;
    private final ReadingQueue pages;
    private final Map<PageRequest, Future<PageAnswer>> inFlight = new HashMap<>();

    private record PageRequest(ChannelName channel, HistoryPage page, Cursor tail, EventFilter filter) {
        private PageRequest with(EventFilter other) {
            return new PageRequest(channel, page, tail, other);
        }
    }

    /**
     * Creates the service.
     *
     * @param pages limits the number of pages that are read at the same time, because each holds its events until it is
     *     complete
     */
    HistoryService(ChannelRules rules, PerLoop<LeaderClient> leaders, HistoryReader history, ReadingQueue pages) {
        this.rules = rules;
        this.leaders = leaders;
        this.history = history;
        this.pages = pages;
    }

    /** Reads a page of a channel's history, as far as a reader gets its events. */
    Future<JsonObject> read(ChannelName channel, HistoryPage page, EventFilter filter) {
        LeaderClient client = leaders.of(channel);
        return client.owner()
                .callDirectly(() -> client.tail(channel))
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
     * Reads a page. Nearly always all readers get the same one, so it is read once for all of them that ask at the same time. If it
     * has an event that not all of them may get, it is read again for this reader. A page of a personalised channel, or of the newest
     * events, is read for each reader from the start.
     */
    private Future<PageAnswer> read(PageRequest question) {
        if (question.filter().profile() == null || question.page().isOfNewest() || isPersonal(question)) {
            return shared(question);
        }
        return shared(question.with(EventFilter.EVERYTHING))
                .compose(page -> page.selective() ? shared(question) : Future.succeededFuture(page));
    }

    private boolean isPersonal(PageRequest question) {
        return history.personal()
                .part(question.channel(), question.filter().profile())
                .isPresent();
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

    /** Answers a question on {@value #ADDRESS}. */
    Future<JsonObject> answer(@Nullable Object body) {
        BusQuestion question = BusQuestion.of(body, "channel, and after, last, since or limit");
        return read(question.channel(rules), page(question), EventFilter.EVERYTHING);
    }

    private static HistoryPage page(BusQuestion question) {
        @Nullable Integer last = question.count("last");
        @Nullable Long sinceMillis = question.number("since");
        @Nullable Integer limit = question.count("limit");
        return new HistoryPage(
                question.text("after"),
                last == null ? OptionalInt.empty() : OptionalInt.of(last),
                sinceMillis == null ? OptionalLong.empty() : OptionalLong.of(sinceMillis),
                limit == null ? HistoryPage.DEFAULT_LIMIT : limit);
    }
}
