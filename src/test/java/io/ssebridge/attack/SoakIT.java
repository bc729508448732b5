package io.ssebridge.attack;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.FormatMethod;
import io.ssebridge.fault.Memory;
import io.ssebridge.testing.BusRegistrations;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.Pause;
import io.ssebridge.testing.ReceivedEvent;
import io.ssebridge.testing.ResumingSubscriber;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Two nodes under load for a long time: events on plain and personal channels, and clients that come and go. Heap, registrations,
 * threads and descriptors must not grow. Only in the Maven profile {@code soak}; {@code soak.seconds} says how long.
 */
@EnabledIfSystemProperty(named = "soak.seconds", matches = "\\d+")
@Timeout(value = 2, unit = TimeUnit.HOURS)
class SoakIT {
    private static final Duration TIME = Duration.ofSeconds(Integer.getInteger("soak.seconds", 20));
    private static final int CONNECTS = Integer.getInteger("soak.connects", 50);
    private static final int EVENTS = Integer.getInteger("soak.events", 2_000);
    private static final int ROWS = Integer.getInteger("soak.rows", 12);
    private static final int PLAIN = 10;
    private static final int RESIDENTS = 40;
    private static final int SUBJECTS = 50;
    private static final int PUBLISHERS = 5;
    private static final int BATCH = 50;
    // One in ten events is for one subject.
    private static final int PERSONAL_EVERY = 10;
    private static final Duration STAY = Duration.ofSeconds(4);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int MOST_HEAP_KILOBYTES = 8 << 10;
    private static final int MOST_OUTSIDE_KILOBYTES = 16 << 10;
    private static final int MOST_THREADS = 6;
    private static final int MOST_DESCRIPTORS = 60;
    private static final int MOST_REGISTRATIONS = 40;

    private static final String CONFIG = """
            http: {host: 127.0.0.1}
            auth: {jwt: {secret: "%s"}}
            stream: {retry: 100ms}
            shutdown: {drain: 1s}
            limits: {newChannelsPerIp: 0}
            channels:
              - {channel: "plain.{name}", subscribe: public, history: {size: 2000, ttl: 1m}}
              - {channel: "personal", subscribe: authenticated, history: {size: 2000, ttl: 1m}}
              - {channel: "come.{name}", subscribe: public, presence: members, history: {size: 100, ttl: 3s}}
            """.formatted(NodeSetup.SECRET);

    private final List<String> flaws = new CopyOnWriteArrayList<>();
    private final AtomicLong published = new AtomicLong();
    private final AtomicLong delivered = new AtomicLong();
    private final AtomicLong late = new AtomicLong();
    private final AtomicInteger connected = new AtomicInteger();
    private final Map<String, String> tokens = new ConcurrentHashMap<>();
    private volatile boolean ending;

    /** The values of both nodes together. */
    private record Row(
            long seconds,
            long heap,
            long outside,
            long resident,
            long registrations,
            long channels,
            long rings,
            long threads,
            long descriptors,
            long subscribers) {
        @Override
        public String toString() {
            return "| %d | %,d | %,d | %,d | %d | %d | %d | %d | %d | %d |"
                    .formatted(
                            seconds,
                            heap,
                            outside,
                            resident,
                            registrations,
                            channels,
                            rings,
                            threads,
                            descriptors,
                            subscribers);
        }
    }

    @Test
    void nothingGrows_whileClientsComeAndGoForALongTime() {
        try (TestCluster cluster = new TestCluster()) {
            List<TestNode> nodes = cluster.start(
                    2,
                    NodeSetup.of(CONFIG)
                            .jvm("-Xmx512m")
                            .jvm("-XX:TieredStopAtLevel=4")
                            .jvm(Memory.COUNTED));
            List<NodeWatch> watches = nodes.stream().map(NodeWatch::new).toList();
            try (BusRegistrations registrations =
                    BusRegistrations.open(cluster.clusterConfig()).awaitNodes(2)) {
                soak(nodes, watches, registrations);
            }
            for (NodeWatch watch : watches) {
                watch.warnings().forEach(line -> say("%s", line));
                assertThat(watch.complaints()).isEmpty();
            }
        }
        assertThat(flaws).isEmpty();
    }

    private void soak(List<TestNode> nodes, List<NodeWatch> watches, BusRegistrations registrations) {
        List<ResumingSubscriber> residents = new ArrayList<>();
        for (int i = 0; i < RESIDENTS; i++) {
            String path = "/stream/plain.c" + i % PLAIN;
            TestNode node = nodes.get(i / PLAIN % 2);
            Resident resident = new Resident("resident " + i);
            residents.add(new ResumingSubscriber(() -> node.uri(path), resident::take, Duration.ofMillis(100)));
        }
        Eventually.holds("all residents", PATIENCE, () -> residents.stream().allMatch(each -> each.opened() > 0));
        ScheduledExecutorService threads = Executors.newScheduledThreadPool(6, task -> {
            Thread thread = new Thread(task, "soak");
            thread.setDaemon(true);
            return thread;
        });
        List<Thread> publishers = new ArrayList<>();
        for (int i = 0; i < PUBLISHERS; i++) {
            int index = i;
            Thread publisher = new Thread(() -> publish(nodes, index), "soak publisher " + i);
            publisher.setDaemon(true);
            publisher.start();
            publishers.add(publisher);
        }
        for (int i = 0; i < 4; i++) {
            Churn churn = new Churn(nodes, i);
            var unused = threads.scheduleAtFixedRate(churn::step, i * 5L, 4_000L / CONNECTS, TimeUnit.MILLISECONDS);
        }
        List<Row> rows = measure(watches, registrations);
        ending = true;
        threads.shutdownNow();
        publishers.forEach(SoakIT::join);
        assertThat(residents)
                .allMatch(each -> each.opened() == 1)
                .allMatch(each -> each.findings().isEmpty());
        residents.forEach(ResumingSubscriber::close);
        compare(rows);
    }

    private List<Row> measure(List<NodeWatch> watches, BusRegistrations registrations) {
        say(
                "| second | heap after GC, KB | outside, KB | resident, KB | registrations | channels | ringbuffers | threads | descriptors | streams |");
        List<Row> rows = new ArrayList<>();
        long begun = System.nanoTime();
        for (int i = 1; i <= ROWS; i++) {
            long due = begun + TIME.toNanos() * i / ROWS;
            Pause.of(Duration.ofNanos(Math.max(0, due - System.nanoTime())));
            List<Memory> memory = watches.stream().map(NodeWatch::memory).toList();
            Row row = new Row(
                    Duration.ofNanos(System.nanoTime() - begun).toSeconds(),
                    memory.stream().mapToLong(Memory::heapKilobytes).sum(),
                    memory.stream().mapToLong(Memory::outsideKilobytes).sum(),
                    memory.stream().mapToLong(Memory::residentKilobytes).sum(),
                    registrations.addresses().size(),
                    registrations.channelsInUse().size(),
                    registrations.rings().size(),
                    watches.stream().mapToLong(NodeWatch::threads).sum(),
                    watches.stream().mapToLong(NodeWatch::descriptors).sum(),
                    watches.stream().mapToLong(NodeWatch::subscribers).sum());
            rows.add(row);
            say("%s", row);
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        say(
                "in %.0f s: %.0f events a second, %.0f deliveries a second, %.1f connects a second; %d batches were late",
                seconds, published.get() / seconds, delivered.get() / seconds, connected.get() / seconds, late.get());
        return rows;
    }

    private void compare(List<Row> rows) {
        flat(rows, "heap", Row::heap, MOST_HEAP_KILOBYTES);
        flat(rows, "memory outside the heap", Row::outside, MOST_OUTSIDE_KILOBYTES);
        flat(rows, "registrations", Row::registrations, MOST_REGISTRATIONS);
        flat(rows, "channels", Row::channels, MOST_REGISTRATIONS);
        flat(rows, "ringbuffers", Row::rings, MOST_REGISTRATIONS);
        flat(rows, "threads", Row::threads, MOST_THREADS);
        flat(rows, "descriptors", Row::descriptors, MOST_DESCRIPTORS);
    }

    /** Compares the means of the second and of the last quarter: the first rows are of nodes that are still compiling. */
    private static void flat(List<Row> rows, String what, ToLongFunction<Row> value, int most) {
        int quarter = Math.max(1, rows.size() / 4);
        double early = mean(rows.subList(quarter, 2 * quarter), value);
        double late = mean(rows.subList(rows.size() - quarter, rows.size()), value);
        say("%s: %.0f, later %.0f", what, early, late);
        assertThat(late - early).as("growth of %s", what).isLessThan(most);
    }

    private static double mean(List<Row> rows, ToLongFunction<Row> value) {
        return rows.stream().mapToLong(value).average().orElseThrow();
    }

    /** Publishes arrays of events at an even rate, on channels of its own, and goes on when an array is acknowledged. */
    private void publish(List<TestNode> nodes, int index) {
        HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        String token = Tokens.mint("publisher", List.of(), List.of("plain.*", "personal"));
        int[] next = new int[PLAIN];
        long begun = System.nanoTime();
        for (int batch = 0; !ending; batch++) {
            boolean isPersonal = batch % PERSONAL_EVERY == 0;
            int channel = batch % (PLAIN / PUBLISHERS) * PUBLISHERS + index;
            JsonArray events = new JsonArray();
            for (int i = 0; i < BATCH; i++) {
                String sub = "user" + (batch + i) % SUBJECTS;
                events.add(
                        isPersonal
                                ? new JsonObject().put("data", sub).put("to", new JsonObject().put("sub", sub))
                                : new JsonObject().put("data", Integer.toString(next[channel]++)));
            }
            try {
                HttpResponse<String> answer = http.send(
                        HttpRequest.newBuilder(nodes.get(batch % 2)
                                        .uri("/publish/" + (isPersonal ? "personal" : "plain.c" + channel)))
                                .header("Content-Type", "application/json")
                                .header("Authorization", "Bearer " + token)
                                .POST(HttpRequest.BodyPublishers.ofString(events.encode()))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() / 100 != 2) {
                    flaw("publish: %d %s".formatted(answer.statusCode(), answer.body()));
                }
                published.addAndGet(BATCH);
            } catch (IOException e) {
                flaw("publish: " + e);
            } catch (InterruptedException e) {
                return;
            }
            long due = begun + (batch + 1L) * BATCH * PUBLISHERS * 1_000_000_000L / EVENTS;
            long now = System.nanoTime();
            if (now > due + 1_000_000_000L) {
                late.incrementAndGet();
                begun += now - due;
            }
            Pause.of(Duration.ofNanos(Math.max(0, due - now)));
        }
    }

    @FormatMethod
    private static void say(String format, Object... values) {
        System.out.println("[soak] " + format.formatted(values));
    }

    private void flaw(String what) {
        if (flaws.size() < 20) {
            flaws.add(what);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join(PATIENCE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** Looks for gaps in the events of a plain channel. */
    private final class Resident {
        private final String name;
        private int last = -1;

        private Resident(String name) {
            this.name = name;
        }

        private void take(ReceivedEvent event) {
            if (event.type().equals("message")) {
                delivered.incrementAndGet();
                int number = Integer.parseInt(event.data());
                if (last >= 0 && number != last + 1) {
                    flaw("%s: %d after %d".formatted(name, number, last));
                }
                last = number;
            } else if (event.type().equals("stream-reset")) {
                flaw(name + ": " + event.data());
            }
        }
    }

    /** Opens streams one after another, and leaves each after some seconds. Confined to one thread at a time. */
    private final class Churn {
        private final List<TestNode> nodes;
        private final int index;
        private final Deque<Visit> open = new ArrayDeque<>();
        private int number;

        private record Visit(EventStreamReader reader, String sub, long untilNanos) {}

        private Churn(List<TestNode> nodes, int index) {
            this.nodes = nodes;
            this.index = index;
        }

        private synchronized void step() {
            try {
                visit();
            } catch (RuntimeException | AssertionError e) {
                flaw("a client: " + e);
            }
        }

        private void visit() {
            long now = System.nanoTime();
            while (!open.isEmpty() && open.getFirst().untilNanos <= now) {
                leave(open.removeFirst());
            }
            int turn = number++;
            TestNode node = nodes.get(turn % 2);
            String sub = "user" + turn % SUBJECTS;
            String path = switch (turn % 5) {
                case 0 -> "/stream/plain.c" + turn % PLAIN + "?last=20";
                case 1, 2 -> "/stream/personal";
                case 3 -> "/stream/come.n" + index + "-" + turn;
                default -> "/stream?channel=personal&channel=come.room" + turn % 7;
            };
            EventStreamReader reader = node.stream(path, tokens.computeIfAbsent(sub, Tokens::of));
            if (reader.status() != 200) {
                flaw("%s: status %d %s".formatted(path, reader.status(), reader.body()));
            }
            connected.incrementAndGet();
            open.addLast(new Visit(reader, sub, now + STAY.toNanos()));
        }

        private void leave(Visit visit) {
            if (visit.reader.isEnded()) {
                flaw("a stream was cut: " + visit.reader);
            }
            for (ReceivedEvent event : visit.reader.events("message")) {
                delivered.incrementAndGet();
                if (event.data().startsWith("user") && !event.data().equals(visit.sub)) {
                    flaw("%s got an event of %s".formatted(visit.sub, event.data()));
                }
            }
            if (number % 2 == 0) {
                visit.reader.reset();
            } else {
                visit.reader.close();
            }
        }
    }
}
