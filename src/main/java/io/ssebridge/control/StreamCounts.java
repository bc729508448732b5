package io.ssebridge.control;

import io.ssebridge.bus.NodeRequests;
import io.ssebridge.hub.LimitOptions;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts the streams of this node by subject and by client address, and keeps to the limits of both.
 *
 * <p>A stream counts on its node before the other nodes are asked for their counts. So two streams on two nodes see each other,
 * and the limit of a subject is not exceeded. At the limit both may be refused. A node that has died has no counts. A node that
 * does not answer counts as one without streams.
 *
 * <p>Any thread. Answers arrive on the context of the caller.
 */
final class StreamCounts {
    private static final StreamCount UNCOUNTED = new StreamCount.Counted(() -> {});

    private volatile int perSubject;
    private volatile int perAddress;
    private final NodeRequests nodes;
    private final CountQuestions questions;
    private final Map<String, Integer> bySubject = new ConcurrentHashMap<>();
    private final Map<String, Integer> byAddress = new ConcurrentHashMap<>();

    StreamCounts(LimitOptions limits, NodeRequests nodes, CountQuestions questions) {
        limit(limits);
        this.nodes = nodes;
        this.questions = questions;
    }

    /** Sets other limits. Streams beyond them stay. */
    void limit(LimitOptions limits) {
        perSubject = limits.subscribersPerSubject();
        perAddress = limits.subscribersPerIp();
    }

    /**
     * Counts one more stream, if there are not too many.
     *
     * @param subject the subject; empty: the stream is anonymous
     * @param address the client address; empty text: it is not known
     */
    Future<StreamCount> take(Optional<String> subject, String address) {
        int mostOfAddress = perAddress;
        int mostOfSubject = perSubject;
        boolean isOnAddress = mostOfAddress > 0 && !address.isEmpty();
        if (isOnAddress && add(byAddress, address) > mostOfAddress) {
            remove(byAddress, address);
            return Future.succeededFuture(new StreamCount.OverLimit(
                    "subscribersPerIp",
                    "limits.subscribersPerIp: this address already has %d streams on this node"
                            .formatted(mostOfAddress)));
        }
        Runnable ofAddress = isOnAddress ? () -> remove(byAddress, address) : () -> {};
        return mostOfSubject == 0 || subject.isEmpty()
                ? Future.succeededFuture(isOnAddress ? new StreamCount.Counted(ofAddress) : UNCOUNTED)
                : take(subject.get(), mostOfSubject, ofAddress);
    }

    private Future<StreamCount> take(String subject, int most, Runnable ofAddress) {
        int here = add(bySubject, subject);
        StreamCount.Counted counted = new StreamCount.Counted(() -> {
            remove(bySubject, subject);
            ofAddress.run();
        });
        if (here > most) {
            return Future.succeededFuture(refuse(counted, most));
        }
        return nodes.others().isEmpty()
                ? Future.succeededFuture(counted)
                : nodes.call(() -> questions.elsewhere(subject))
                        .map(elsewhere -> here + elsewhere > most ? refuse(counted, most) : counted);
    }

    private static StreamCount refuse(StreamCount.Counted counted, int most) {
        counted.release().run();
        return new StreamCount.OverLimit(
                "subscribersPerSubject",
                "limits.subscribersPerSubject: this subject already has %d streams".formatted(most));
    }

    /** Returns the number of streams of a subject on this node, with those that are being opened. */
    int of(String subject) {
        return bySubject.getOrDefault(subject, 0);
    }

    private static int add(Map<String, Integer> counts, String key) {
        return counts.merge(key, 1, Integer::sum);
    }

    private static void remove(Map<String, Integer> counts, String key) {
        counts.computeIfPresent(key, (same, count) -> count == 1 ? null : count - 1);
    }
}
