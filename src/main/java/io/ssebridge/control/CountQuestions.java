package io.ssebridge.control;

import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * Asks the other nodes for the numbers of streams of subjects. One question to a node is in flight. The subjects of streams that
 * come meanwhile go together in the next one. So ten thousand clients that come at once cost some tens of messages.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class CountQuestions {
    private static final int MAX_SUBJECTS = 500;
    // A node that has not answered is not asked again for this time, so that it delays no more streams.
    private static final long PAUSE_MILLIS = Duration.ofSeconds(5).toMillis();

    private final Supplier<Set<String>> others;
    private final BiFunction<String, JsonObject, Future<JsonObject>> ask;
    private final NodeClock clock;
    private final Map<String, Questions> byNode = new HashMap<>();
    private final Map<String, Long> pausedUntilMillis = new HashMap<>();

    /** The subjects that wait for the next question to a node. */
    private static final class Questions {
        private final Map<String, Promise<Integer>> waiting = new LinkedHashMap<>();
        private boolean inFlight;
    }

    /**
     * Creates the questions; none is asked yet.
     *
     * @param others returns the other nodes
     * @param ask sends a request to a node
     * @param clock the time
     */
    CountQuestions(
            Supplier<Set<String>> others, BiFunction<String, JsonObject, Future<JsonObject>> ask, NodeClock clock) {
        this.others = others;
        this.ask = ask;
        this.clock = clock;
    }

    /** Returns the number of streams of a subject on all other nodes. A node that does not answer counts as 0. */
    Future<Integer> elsewhere(String subject) {
        pausedUntilMillis.values().removeIf(until -> clock.elapsedMillis() >= until);
        List<Future<Integer>> counts = others.get().stream()
                .filter(node -> !pausedUntilMillis.containsKey(node))
                .map(node -> ask(node, subject))
                .toList();
        return Future.join(counts)
                .map(all -> counts.stream().mapToInt(Future::result).sum());
    }

    private Future<Integer> ask(String node, String subject) {
        Questions questions = byNode.computeIfAbsent(node, first -> new Questions());
        Future<Integer> count = questions
                .waiting
                .computeIfAbsent(subject, first -> Promise.promise())
                .future();
        if (!questions.inFlight) {
            send(node, questions);
        }
        return count;
    }

    private void send(String node, Questions questions) {
        List<String> subjects = new ArrayList<>();
        List<Promise<Integer>> promises = new ArrayList<>();
        Iterator<Map.Entry<String, Promise<Integer>>> waiting =
                questions.waiting.entrySet().iterator();
        while (waiting.hasNext() && subjects.size() < MAX_SUBJECTS) {
            Map.Entry<String, Promise<Integer>> next = waiting.next();
            subjects.add(next.getKey());
            promises.add(next.getValue());
            waiting.remove();
        }
        if (subjects.isEmpty()) {
            byNode.remove(node);
            return;
        }
        questions.inFlight = true;
        ask.apply(node, StreamMessages.count(subjects))
                .map(StreamMessages::counts)
                .onComplete(answered -> {
                    if (answered.failed()) {
                        pausedUntilMillis.put(node, clock.elapsedMillis() + PAUSE_MILLIS);
                        promises.addAll(questions.waiting.values());
                        questions.waiting.clear();
                    }
                    List<Integer> counts = answered.succeeded() ? answered.result() : List.of();
                    for (int i = 0; i < promises.size(); i++) {
                        promises.get(i).complete(i < counts.size() ? counts.get(i) : 0);
                    }
                    questions.inFlight = false;
                    send(node, questions);
                });
    }
}
