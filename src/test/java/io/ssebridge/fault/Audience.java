package io.ssebridge.fault;

import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.ReceivedEvent;
import io.ssebridge.testing.ResumingSubscriber;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Subscribers that come back, and their events. */
public final class Audience implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Ledger ledger;
    private final Function<String, URI> next;
    private final Consumer<ReceivedEvent> first;
    private final List<Ledger.Account> accounts = new ArrayList<>();
    private final List<ResumingSubscriber> subscribers = new ArrayList<>();

    Audience(Ledger ledger, Function<String, URI> next) {
        this(ledger, next, event -> {});
    }

    /**
     * Without subscribers yet.
     *
     * @param ledger the published events
     * @param next where to connect to, asked before each attempt
     * @param first is given each event before it is entered
     */
    public Audience(Ledger ledger, Function<String, URI> next, Consumer<ReceivedEvent> first) {
        this.ledger = ledger;
        this.next = next;
        this.first = first;
    }

    /** Adds a subscriber of some channels. */
    void add(Set<Integer> channels, Duration pause) {
        String query = channels.stream()
                .sorted()
                .map(channel -> "channel=" + Ledger.channel(channel))
                .collect(Collectors.joining("&", "/stream?", ""));
        Ledger.Account account = ledger.new Account("subscriber " + accounts.size() + " of " + channels, channels);
        ResumingSubscriber subscriber =
                new ResumingSubscriber(() -> next.apply(query), event -> take(account, event), pause);
        accounts.add(account);
        subscribers.add(subscriber);
    }

    private void take(Ledger.Account account, ReceivedEvent event) {
        first.accept(event);
        account.take(event);
    }

    /**
     * Adds subscribers: one of all channels after each of one channel.
     *
     * @param count how many
     * @param channels how many channels there are
     * @param pause before one of them connects again
     */
    public void add(int count, int channels, Duration pause) {
        Set<Integer> all = IntStream.range(0, channels).boxed().collect(Collectors.toSet());
        for (int i = 0; i < count; i++) {
            add(i % 2 == 1 ? all : Set.of(i / 2 % channels), pause);
        }
    }

    /** The events of each subscriber. */
    public List<Ledger.Account> accounts() {
        return accounts;
    }

    List<ResumingSubscriber> subscribers() {
        return subscribers;
    }

    /** Waits until each has opened a stream. */
    public void awaitOpen() {
        Eventually.holds("all streams", PATIENCE, () -> subscribers.stream().allMatch(each -> each.opened() > 0));
    }

    /**
     * Waits until all subscribers have the acknowledged events. A missing event is reported later.
     *
     * @param patience how long to wait
     */
    public void awaitComplete(Duration patience) {
        if (!Eventually.within(patience, () -> accounts.stream().allMatch(Ledger.Account::isComplete))) {
            Bound.say("not everybody has everything within %s", patience);
        }
    }

    /** Everything that is wrong. */
    public List<String> flaws() {
        List<String> flaws = new ArrayList<>();
        for (int i = 0; i < accounts.size(); i++) {
            flaws.addAll(accounts.get(i).flaws());
            flaws.addAll(subscribers.get(i).findings());
        }
        return flaws;
    }

    /** Everything that is missing or wrong without a reset that says so. */
    List<String> silentGaps() {
        List<String> flaws = new ArrayList<>();
        for (int i = 0; i < accounts.size(); i++) {
            flaws.addAll(accounts.get(i).silentGaps());
            flaws.addAll(subscribers.get(i).findings());
        }
        return flaws;
    }

    /** How many streams all have opened. */
    public int opened() {
        return subscribers.stream().mapToInt(ResumingSubscriber::opened).sum();
    }

    /** How many resets all were told. */
    public long resets() {
        return accounts.stream().mapToLong(each -> each.resets().size()).sum();
    }

    @Override
    public void close() {
        subscribers.forEach(ResumingSubscriber::close);
    }
}
