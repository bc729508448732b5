package io.ssebridge.personal;

import io.ssebridge.channel.PersonalizeRule;
import io.ssebridge.event.Event;
import io.ssebridge.event.Selector;

/** What a service has answered about an event for some readers. Immutable. */
sealed interface Answer {
    /**
     * The data that these readers get.
     *
     * @param isJson whether the text is JSON
     */
    record Data(String text, boolean isJson) implements Answer {}

    /** An answer without data. */
    enum NoData implements Answer {
        /** These readers do not get the event. */
        WITHHELD,
        /** The service has not answered, or its answer is wrong. */
        MISSING
    }

    /**
     * Returns the event that these readers get; if they get none, an event that selects nobody.
     *
     * @param event the event as it was published
     * @param rule says what readers get without an answer
     */
    default Event to(Event event, PersonalizeRule rule) {
        if (this instanceof Data data) {
            return event.withData(data.text(), data.isJson());
        }
        if (this == NoData.MISSING && rule.isPlainOnFailure()) {
            return event;
        }
        // Without its data: it must not even stay in the memory of their audience.
        return event.withData("", false).withSelector(this == NoData.MISSING ? Selector.UNANSWERED : Selector.WITHHELD);
    }

    /** Returns the approximate bytes that the answer takes in memory. */
    default long bytes() {
        return this instanceof Data data ? 2L * data.text().length() : 0;
    }
}
