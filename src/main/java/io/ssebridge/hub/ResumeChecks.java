package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.Replay;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;

/**
 * Asks the history where those go on who come back with a cursor. When a node dies, thousands bring the same one at the same
 * time: they share one answer.
 *
 * <p><b>Owner:</b> one event loop.
 */
final class ResumeChecks {
    private final HistoryReader history;
    private final Map<Question, Future<Replay>> underWay = new HashMap<>();

    private record Question(ChannelName channel, Cursor cursor, Cursor tail) {}

    ResumeChecks(HistoryReader history) {
        this.history = history;
    }

    /** As {@link HistoryReader#resume}. */
    Future<Replay> resume(ChannelName channel, Cursor cursor, Cursor tail) {
        Question question = new Question(channel, cursor, tail);
        Future<Replay> known = underWay.get(question);
        if (known != null) {
            return known;
        }
        Future<Replay> answer = history.resume(channel, cursor, tail);
        if (!answer.isComplete()) {
            underWay.put(question, answer);
        }
        return answer.onComplete(done -> underWay.remove(question));
    }
}
