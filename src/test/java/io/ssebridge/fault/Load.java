package io.ssebridge.fault;

import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Pause;
import io.ssebridge.testing.ReceivedEvent;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** Publishers and subscribers that go on while nodes come and go. */
final class Load implements AutoCloseable {
    private static final int CHANNELS = 5;
    private static final int PUBLISHERS = 5;
    private static final Duration PACE = Duration.ofMillis(Bound.of("load.paceMillis", 25));
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Ledger ledger;
    private final Audience audience;
    private final List<Publisher> publishers = new ArrayList<>();

    Load(Slots slots, int subscribers) {
        this(slots, subscribers, CHANNELS);
    }

    Load(Slots slots, int subscribers, int channels) {
        this(slots, subscribers, channels, PACE, slots::next, event -> {});
    }

    /**
     * Starts subscribers that connect by other addresses than the publishers.
     *
     * @param pace between the beginnings of two events of a publisher
     * @param way gives an address for each stream
     * @param first takes each event that a subscriber gets
     */
    Load(Slots slots, int subscribers, Duration pace, Function<String, URI> way, Consumer<ReceivedEvent> first) {
        this(slots, subscribers, CHANNELS, pace, way, first);
    }

    private Load(
            Slots slots,
            int subscribers,
            int channels,
            Duration pace,
            Function<String, URI> way,
            Consumer<ReceivedEvent> first) {
        ledger = new Ledger(channels);
        audience = new Audience(ledger, way, first);
        audience.add(subscribers, channels, Duration.ofMillis(100));
        audience.awaitOpen();
        for (int i = 0; i < PUBLISHERS; i++) {
            publishers.add(new Publisher(i, channels, ledger, slots::next, pace));
        }
    }

    Ledger ledger() {
        return ledger;
    }

    Audience audience() {
        return audience;
    }

    /** Goes on for a time, and until all subscribers have the events that were acknowledged when it began. */
    void flow(Duration time) {
        int before = ledger.acknowledged();
        Pause.of(time);
        Eventually.holds("events to flow", PATIENCE, () -> ledger.acknowledged() > before);
    }

    Duration takeLongestStall() {
        return publishers.stream()
                .map(Publisher::takeLongestStall)
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
    }

    List<String> retries() {
        return publishers.stream().flatMap(each -> each.retries().stream()).toList();
    }

    /** Publishes no more and waits until everything has come. */
    void end(String test) {
        publishers.forEach(Publisher::close);
        audience.awaitComplete(PATIENCE);
        say(test);
    }

    /** Publishes no more and waits until nothing is missing that no reset tells of: where events are lost, not everything comes. */
    void endWithLosses(String test) {
        publishers.forEach(Publisher::close);
        if (!Eventually.within(PATIENCE, () -> audience.silentGaps().isEmpty())) {
            Bound.say("events are missing after %s", PATIENCE);
        }
        say(test);
    }

    private void say(String test) {
        Bound.say(
                "%s: %d events acknowledged, %d tried again, %d streams of %d subscribers, %d resets",
                test,
                ledger.acknowledged(),
                retries().size(),
                audience.opened(),
                audience.subscribers().size(),
                audience.resets());
    }

    List<String> flaws() {
        List<String> flaws = new ArrayList<>(audience.flaws());
        flaws.add(ledger.renumbered());
        flaws.addAll(failures());
        flaws.removeIf(String::isEmpty);
        return flaws;
    }

    List<String> silentGaps() {
        List<String> flaws = new ArrayList<>(audience.silentGaps());
        flaws.addAll(failures());
        return flaws;
    }

    private List<String> failures() {
        return publishers.stream()
                .map(Publisher::failure)
                .filter(why -> !why.isEmpty())
                .toList();
    }

    @Override
    public void close() {
        audience.close();
        publishers.forEach(Publisher::close);
    }
}
