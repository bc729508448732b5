package io.ssebridge.personal;

import io.vertx.core.Future;
import java.util.Optional;

/** Makes the data of an event for readers with certain properties, in an application that embeds the bridge. */
@FunctionalInterface
public interface Personalizer {
    /**
     * Makes the data for some readers. It is called on an event loop of the node and must not block it.
     *
     * @param question the event, and the properties of the readers
     * @return a text, which is sent as it is, or a value that becomes JSON; empty: these readers do not get the event. A
     *     failed future, or one that does not complete in time, counts as no answer
     */
    Future<Optional<Object>> data(PersonalQuestion question);
}
