package io.ssebridge.http;

import io.ssebridge.bus.Publication;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Receipt;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** The answers to several events: event by event, and for each event the channels in their order. Any thread. */
final class Receipts {
    private Receipts() {}

    /**
     * Puts receipts and problems in the order of the events.
     *
     * @param events the events of a request; a failed one carries its problem, and is not published
     * @param channels the number of channels
     * @param published the receipts of the other events
     */
    static List<Future<Receipt>> inOrder(
            List<Future<Publication>> events, int channels, List<Future<Receipt>> published) {
        List<Future<Receipt>> all = new ArrayList<>(events.size() * channels);
        Iterator<Future<Receipt>> next = published.iterator();
        for (Future<Publication> event : events) {
            for (int i = 0; i < channels; i++) {
                all.add(event.succeeded() ? next.next() : Future.failedFuture(event.cause()));
            }
        }
        return all;
    }

    /** Returns the JSON of all answers, each with its status. */
    static List<JsonObject> toJson(List<Future<Receipt>> all, List<ChannelName> channels) {
        List<JsonObject> answers = new ArrayList<>(all.size());
        for (int i = 0; i < all.size(); i++) {
            Future<Receipt> one = all.get(i);
            answers.add(
                    one.succeeded()
                            ? one.result().toJson().put("status", one.result().repeated() ? 200 : 201)
                            : FailureHandler.problem(one.cause())
                                    .at(channels.get(i % channels.size()).value())
                                    .toJson());
        }
        return answers;
    }
}
