package io.ssebridge.personal;

import io.ssebridge.channel.PersonalizeRule;
import io.ssebridge.event.Event;
import io.ssebridge.event.Selector;

/** What a service has answered about an event for some readers. Immutable. */
sealed interface Answer {
    /** These readers do not get the event. */
    Answer WITHHELD = new Withheld();

    /** The service has not answered, or its answer is wrong. */
    Answer NONE = new None();

    /**
     * The data that these readers get.
     *
     * @param isJson whether the text is JSON
     */
    record Data(String text, boolean isJson) implements Answer {}

    /** See {@link #WITHHELD}. */
    record Withheld() implements Answer {}

    /** See {@link #NONE}. */
    record None() implements Answer {}

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
        if (this instanceof None && rule.isPlainOnFailure()) {
            return event;
        }
        // Without its data: it must not even stay in the memory of their audience.
        return event.withData("", false).withSelector(this instanceof None ? Selector.UNANSWERED : Selector.WITHHELD);
    }

    /** Returns the approximate bytes that the answer takes in memory. */
    default long bytes() {
        return this instanceof Data data ? 2L * data.text().length() : 0;
    }
}
