package io.ssebridge.http;

import io.ssebridge.event.EventFilter;
import io.ssebridge.event.Profile;
import io.ssebridge.hub.Envelope;
import io.ssebridge.hub.StreamForm;
import io.ssebridge.request.Problem;
import io.ssebridge.request.QueryParameters;
import io.ssebridge.request.RequestTarget;
import java.util.HashSet;
import java.util.List;

/** Reads from the query in which form a stream wants its events. */
final class StreamQuery {
    private static final String ENVELOPE = "envelope";
    private static final String EVENT = "event";
    private static final String HEARTBEATS = "heartbeats";

    /** The parameters of a request for a stream. */
    static final List<String> NAMES =
            List.of("channel", QueryParameters.LAST_EVENT_ID, "last", "since", ENVELOPE, EVENT, HEARTBEATS);

    private StreamQuery() {}

    /**
     * Reads the form of a stream, before the reader is known.
     *
     * @throws Problem that names the parameter with a wrong value
     */
    static StreamForm form(RequestTarget target) {
        StreamForm form = new StreamForm(envelope(target), filter(target), flag(target, HEARTBEATS));
        // Nearly all streams share one object.
        return form.equals(StreamForm.PLAIN) ? StreamForm.PLAIN : form;
    }

    private static Envelope envelope(RequestTarget target) {
        List<String> values = target.all(ENVELOPE);
        if (values.isEmpty()) {
            return Envelope.NONE;
        }
        if (values.size() == 1 && values.get(0).equals("cloudevents")) {
            return Envelope.CLOUDEVENTS;
        }
        throw Problem.badRequest(ENVELOPE + ": expected cloudevents, once");
    }

    private static EventFilter filter(RequestTarget target) {
        try {
            return new EventFilter(new HashSet<>(target.all(EVENT)), Profile.ANONYMOUS);
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private static boolean flag(RequestTarget target, String name) {
        List<String> values = target.all(name);
        if (values.isEmpty()) {
            return false;
        }
        if (values.size() == 1 && (values.get(0).equals("true") || values.get(0).equals("false"))) {
            return values.get(0).equals("true");
        }
        throw Problem.badRequest(name + ": expected true or false, once");
    }
}
