package io.ssebridge.fault;

import static org.assertj.core.api.Assertions.assertThat;

import com.launchdarkly.eventsource.ConnectStrategy;
import com.launchdarkly.eventsource.ErrorStrategy;
import com.launchdarkly.eventsource.EventSource;
import com.launchdarkly.eventsource.MessageEvent;
import com.launchdarkly.eventsource.RetryDelayStrategy;
import com.launchdarkly.eventsource.StreamException;
import io.ssebridge.testing.CuttingProxy;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.ReceivedEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A connection may be cut at any byte: the client comes back, to another node, and lacks nothing and gets nothing twice. */
@Timeout(900)
class CutIT {
    private static final int CHANNELS = 5;
    private static final int PUBLISHERS = 5;
    private static final int CLIENTS = 10;
    private static final int EVENTS = Bound.of("cut.events", 2_500);
    private static final int CUTS = Bound.of("cut.cuts", 100);
    private static final int MOST_BYTES = Bound.of("cut.bytes", 12_000);
    private static final Duration PACE = Duration.ofMillis(Bound.of("cut.paceMillis", 4));
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static Slots slots;

    @BeforeAll
    static void start() {
        slots = new Slots(2, Slots.config(4_000));
    }

    @AfterAll
    static void end() {
        slots.close();
    }

    @Test
    void connectionsCutAtAnyByte_loseNothingAndDoubleNothing() {
        Ledger ledger = new Ledger(CHANNELS);
        try (CuttingProxy proxy = new CuttingProxy(() -> slots.next("/"), Bound.seed("CutIT"), MOST_BYTES);
                Audience audience = new Audience(ledger, proxy::uri)) {
            audience.add(CLIENTS, CHANNELS, Duration.ofMillis(20));
            audience.awaitOpen();
            publish(ledger);
            proxy.calm();
            audience.awaitComplete(PATIENCE);
            Bound.say(
                    "CutIT: %d cuts, %d streams, %d events acknowledged, %d resets",
                    proxy.cuts(), audience.opened(), ledger.acknowledged(), audience.resets());
            assertThat(audience.flaws()).isEmpty();
            assertThat(proxy.cuts()).isGreaterThanOrEqualTo(CUTS);
        }
    }

    @Test
    void aClientOfALibrary_losesNothingAndGetsNothingTwice() throws InterruptedException {
        Ledger ledger = new Ledger(CHANNELS);
        Set<Integer> all = IntStream.range(0, CHANNELS).boxed().collect(Collectors.toSet());
        try (CuttingProxy proxy = new CuttingProxy(() -> slots.next("/"), Bound.seed("CutIT, library"), MOST_BYTES)) {
            List<LibraryClient> clients = new ArrayList<>();
            try {
                for (int i = 0; i < CLIENTS; i++) {
                    clients.add(new LibraryClient(
                            proxy, ledger.new Account("client " + i, i % 2 == 1 ? all : Set.of(i / 2))));
                }
                Eventually.holds("all streams", PATIENCE, () -> clients.stream().allMatch(each -> each.open));
                publish(ledger);
                proxy.calm();
                boolean complete =
                        Eventually.within(PATIENCE, () -> clients.stream().allMatch(each -> each.account.isComplete()));
                Bound.say("CutIT, library: %d cuts, %d events acknowledged", proxy.cuts(), ledger.acknowledged());
                assertThat(clients.stream().flatMap(each -> each.account.flaws().stream()))
                        .isEmpty();
                assertThat(complete).isTrue();
                assertThat(proxy.cuts()).isGreaterThanOrEqualTo(CUTS);
            } finally {
                clients.forEach(LibraryClient::close);
            }
        }
    }

    private static void publish(Ledger ledger) {
        List<Publisher> publishers = new ArrayList<>();
        for (int i = 0; i < PUBLISHERS; i++) {
            publishers.add(new Publisher(i, CHANNELS, ledger, slots::next, PACE).most(EVENTS / PUBLISHERS));
        }
        publishers.forEach(each -> each.await(Duration.ofMinutes(10)));
        assertThat(publishers).extracting(Publisher::failure).containsOnly("");
        assertThat(ledger.acknowledged()).isEqualTo(EVENTS);
    }

    /** The client of okhttp-eventsource. */
    private static final class LibraryClient {
        private final Ledger.Account account;
        private final EventSource source;
        private volatile boolean open;

        private LibraryClient(CuttingProxy proxy, Ledger.Account account) {
            this.account = account;
            String query = account.channels().stream()
                    .map(channel -> "channel=" + Ledger.channel(channel))
                    .collect(Collectors.joining("&", "/stream?", ""));
            this.source = new EventSource.Builder(ConnectStrategy.http(proxy.uri(query)))
                    .errorStrategy(ErrorStrategy.alwaysContinue())
                    .retryDelay(20, TimeUnit.MILLISECONDS)
                    .retryDelayStrategy(RetryDelayStrategy.defaultStrategy().maxDelay(40, TimeUnit.MILLISECONDS))
                    .build();
            Thread thread = new Thread(this::read, "library client");
            thread.setDaemon(true);
            thread.start();
        }

        private void read() {
            try {
                while (true) {
                    MessageEvent event = source.readMessage();
                    open = true;
                    account.take(new ReceivedEvent(event.getEventName(), event.getData(), event.getLastEventId()));
                }
            } catch (StreamException closed) {
                // The test is over.
            }
        }

        private void close() {
            source.close();
        }
    }
}
