package io.ssebridge.demo;

import java.util.List;

/**
 * What a scene publishes. The same scene has the same script on every node. Immutable.
 *
 * @param lines the events, in order
 * @param stepMillis the time between two of them, in milliseconds
 */
record Script(List<Line> lines, long stepMillis) {
    /**
     * One event.
     *
     * @param event its name
     * @param data a text or JSON
     * @param kind how it is published
     */
    record Line(String event, Object data, LineKind kind) {
        static Line of(String event, Object data) {
            return new Line(event, data, LineKind.EVENT);
        }
    }

    /** How an event is published. */
    enum LineKind {
        /** Over the event bus. */
        EVENT,
        /** Over the event bus, as the last one of its channel. */
        LAST,
        /** Over HTTP, as the last one of its channel: the webhook of another service. */
        LAST_BY_WEBHOOK
    }

    Script {
        lines = List.copyOf(lines);
    }

    static Script of(Scene scene) {
        return switch (scene.kind()) {
            case MATCH -> CricketMatch.script(scene.id());
            case JOB -> Job.script(scene.id());
            case RUN -> AgentRun.script(scene.text());
        };
    }

    long durationMillis() {
        return lines.size() * stepMillis;
    }
}
