package io.ssebridge.fault;

import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.ResumingSubscriber;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Subscribers that come back, and what they got. */
final class Audience implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Ledger ledger;
    private final Function<String, URI> next;
    private final List<Ledger.Account> accounts = new ArrayList<>();
    private final List<ResumingSubscriber> subscribers = new ArrayList<>();

    Audience(Ledger ledger, Function<String, URI> next) {
        this.ledger = ledger;
        this.next = next;
    }

    /** Adds a subscriber of some channels. */
    void add(Set<Integer> channels, Duration pause) {
        String query = channels.stream()
                .sorted()
                .map(channel -> "channel=" + Ledger.channel(channel))
                .collect(Collectors.joining("&", "/stream?", ""));
        Ledger.Account account = ledger.new Account("subscriber " + accounts.size() + " of " + channels, channels);
        ResumingSubscriber subscriber = new ResumingSubscriber(() -> next.apply(query), account::take, pause);
        accounts.add(account);
        subscribers.add(subscriber);
    }

    /** Adds subscribers: one of all channels after each of one channel. */
    void add(int count, int channels, Duration pause) {
        Set<Integer> all = IntStream.range(0, channels).boxed().collect(Collectors.toSet());
        for (int i = 0; i < count; i++) {
            add(i % 2 == 1 ? all : Set.of(i / 2 % channels), pause);
        }
    }

    List<Ledger.Account> accounts() {
        return accounts;
    }

    List<ResumingSubscriber> subscribers() {
        return subscribers;
    }

    void awaitOpen() {
        Eventually.holds("all streams", PATIENCE, () -> subscribers.stream().allMatch(each -> each.opened() > 0));
    }

    /** Waits until everybody has what is acknowledged; where somebody does not get it, what is said later tells. */
    void awaitComplete(Duration patience) {
        if (!Eventually.within(patience, () -> accounts.stream().allMatch(Ledger.Account::isComplete))) {
            Bound.say("not everybody has everything within %s", patience);
        }
    }

    /** Everything that is wrong. */
    List<String> flaws() {
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

    int opened() {
        return subscribers.stream().mapToInt(ResumingSubscriber::opened).sum();
    }

    long resets() {
        return accounts.stream().mapToLong(each -> each.resets().size()).sum();
    }

    @Override
    public void close() {
        subscribers.forEach(ResumingSubscriber::close);
    }
}
