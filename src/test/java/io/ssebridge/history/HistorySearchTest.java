package io.ssebridge.history;

import static io.ssebridge.testing.Histories.genesis;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFilter;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.Frame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.event.Profile;
import io.ssebridge.event.Selector;
import io.ssebridge.history.HistoryReader.EventPage;
import io.ssebridge.history.ReadingQueue.Bounds;
import io.ssebridge.history.Replay.Reason;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.FaultyHistory;
import io.ssebridge.testing.FullReading;
import io.ssebridge.testing.FullReading.Kept;
import io.ssebridge.testing.Histories;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Searches find the same as reading everything, in histories with all that can happen to one: evictions, late frames,
 * repeats, void frames, new beginnings, and time.
 */
class HistorySearchTest {
    private static final EventFilter ALICE = EventFilter.of(Profile.of("alice", Map.of()));
    private static final EventFilter NAMED = new EventFilter(Set.of("named"), ALICE.profile());
    private static final ChannelName NEWS = new ChannelName("news");
    private static final Duration TTL = Duration.ofMinutes(10);
    private static final int HISTORIES = 20;

    private final FakeClock clock = new FakeClock();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void aSearch_findsTheSameAsReadingEverything(int seed) {
        Random random = new Random(seed);
        for (int i = 0; i < HISTORIES; i++) {
            ChannelRules rules = Histories.rules(16 + random.nextInt(400), TTL);
            FaultyHistory history = new FaultyHistory(rules);
            fill(history, random);
            // Short reads too, as clients get them.
            History read = random.nextBoolean()
                    ? history
                    : new BoundedHistory(
                            history,
                            new ReadingQueue(
                                    new Bounds(1, 1 + random.nextInt(20_000), Duration.ofSeconds(1)),
                                    clock,
                                    new SimpleMeterRegistry(),
                                    "readings"));
            compare(history, new HistoryReader(read, rules, clock), random, "seed %d, history %d".formatted(seed, i));
        }
    }

    private void compare(History history, HistoryReader reader, Random random, String name) {
        long newest = history.extent(NEWS).await().tail();
        for (int i = 0; i < 10; i++) {
            long sequence = Math.max(0, newest - random.nextInt(1 + random.nextInt(60)));
            Cursor tail = at(history, sequence);
            List<Kept> all =
                    FullReading.retained(history, NEWS, tail, frame -> reader.isKept(NEWS, frame.timeMillis()));

            int count = random.nextInt(1 + random.nextInt(500));
            assertThat(reader.last(NEWS, count, EventFilter.EVERYTHING, tail)
                            .await()
                            .cursor())
                    .as("%s, last %d of %s", name, count, tail)
                    .isEqualTo(before(all, Math.max(0, all.size() - count), tail));

            for (EventFilter filter : List.of(NAMED, ALICE)) {
                List<Kept> some = all.stream()
                        .filter(each -> filter.accepts(each.event().event()))
                        .toList();
                assertThat(reader.last(NEWS, count, filter, tail).await().cursor())
                        .as("%s, last %d of %s for %s", name, count, tail, filter)
                        .isEqualTo(before(some, Math.max(0, some.size() - count), tail));
            }

            assertThat(reader.reset(NEWS, Reason.LOST, tail).await().cursor())
                    .as("%s, reset of %s", name, tail)
                    .isEqualTo(before(all, 0, tail));

            long time =
                    clock.millis() - random.nextInt((int) TTL.multipliedBy(2).toMillis());
            long older = all.stream()
                    .filter(each -> each.event().frame().timeMillis() < time)
                    .count();
            Replay since = reader.since(NEWS, time, tail).await();
            assertThat(since.cursor())
                    .as("%s, since %d of %s", name, time, tail)
                    .isEqualTo(before(all, (int) older, tail));

            int limit = 1 + random.nextInt(200);
            EventPage page = reader.page(NEWS, since, tail, limit, heldBytes -> true, EventFilter.EVERYTHING)
                    .await();
            List<NumberedFrame> rest = all.stream().skip(older).map(Kept::event).toList();
            assertThat(page.events())
                    .as("%s, %d since %d of %s", name, limit, time, tail)
                    .isEqualTo(rest.subList(0, Math.min(limit, rest.size())));
            assertThat(page.more()).isEqualTo(rest.size() > limit);

            EventPage own = reader.page(NEWS, since, tail, limit, heldBytes -> true, ALICE)
                    .await();
            List<NumberedFrame> ownRest =
                    rest.stream().filter(each -> ALICE.accepts(each.event())).toList();
            assertThat(own.events())
                    .as("%s, %d since %d of %s for alice", name, limit, time, tail)
                    .isEqualTo(ownRest.subList(0, Math.min(limit, ownRest.size())));
            assertThat(own.more()).isEqualTo(ownRest.size() > limit);
        }
    }

    private static Cursor before(List<Kept> events, int index, Cursor tail) {
        return index < events.size() ? events.get(index).before() : tail;
    }

    private static Cursor at(History history, long sequence) {
        List<NumberedFrame> read = history.read(NEWS, sequence, 1).await();
        // Evicted, or of a history that is gone: a tail that was announced once.
        return read.isEmpty() || read.get(0).sequence() != sequence
                ? new Cursor.At(sequence, 5)
                : read.get(0).cursor();
    }

    private void fill(FaultyHistory history, Random random) {
        long uid = 1;
        List<Frame> batch = new ArrayList<>();
        int steps = random.nextInt(150);
        for (int i = 0; i <= steps; i++) {
            if (random.nextInt(4) == 0) {
                clock.pass(Duration.ofSeconds(random.nextInt(60)));
            }
            long tail = history.extent(NEWS).await().tail();
            int kind = random.nextInt(20);
            if (kind == 0 && !batch.isEmpty() && sameTime(batch)) {
                // Repeated on the way.
                history.append(NEWS, batch).await();
                continue;
            }
            long base = tail;
            if (kind == 1) {
                // Another leader knows less.
                base = Math.max(-1, tail - 1 - random.nextInt(20));
            } else if (kind == 2) {
                // It was lost and started again without its leader knowing.
                base = tail + 1 + random.nextInt(50);
            }
            batch = new ArrayList<>();
            int previousTag = base == tail && tail >= 0
                    ? history.read(NEWS, tail, 1).await().get(0).frame().tag()
                    : random.nextInt(Frame.MAX_TAG);
            if (tail < 0 || kind == 3) {
                batch.add(genesis(-uid++, base, previousTag, clock.millis(), clock.millis()));
                previousTag = batch.get(0).tag();
            }
            int count = 1 + random.nextInt(random.nextInt(10) == 0 ? 60 : 6);
            for (int k = 0; k < count; k++) {
                Event event = new Event(uid % 5 == 0 ? "named" : null, Long.toString(uid), null)
                        .withSelector(uid % 7 < 5 ? null : Selector.to(Map.of("sub", uid % 7 == 5 ? "alice" : "bob")));
                batch.add(new EventFrame(uid, base, batch.size(), previousTag, clock.millis(), event));
                previousTag = Frame.tag(previousTag, uid++);
            }
            history.append(NEWS, batch).await();
        }
        clock.pass(Duration.ofSeconds(random.nextInt(600)));
    }

    private boolean sameTime(List<Frame> batch) {
        return batch.get(0).timeMillis() == clock.millis();
    }
}
