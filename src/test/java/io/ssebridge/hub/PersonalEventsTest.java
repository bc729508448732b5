package io.ssebridge.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFilter;
import io.ssebridge.event.Profile;
import io.ssebridge.event.Selector;
import io.ssebridge.hub.LiveChannels.Stream;
import io.ssebridge.testing.EventStreamParser;
import io.ssebridge.testing.Histories;
import io.ssebridge.testing.ReceivedEvent;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Events for some readers only: live, at replay, and after any cut, each reader gets exactly its own events. */
@ExtendWith(VertxExtension.class)
@Timeout(120)
class PersonalEventsTest {
    private static final ChannelName NEWS = new ChannelName("news");
    private static final ChannelName SCORES = new ChannelName("scores");
    // More in the Maven profile "faults".
    private static final int CUTS = Integer.getInteger("faults.personal.cuts", 1_000);

    private static final Profile ALICE = Profile.of("alice", Map.of("role", "user", "level", 1));
    private static final Profile BOB = Profile.of("bob", Map.of("role", "user", "level", 2));
    private static final Profile ROOT = Profile.of("root", Map.of("role", "admin"));

    private final LiveChannels channels;

    PersonalEventsTest(Vertx vertx) {
        channels = new LiveChannels(vertx, Histories.rules(100_000, Duration.ofMinutes(10)));
    }

    private static StreamForm of(Profile profile) {
        return StreamForm.PLAIN.with(profile);
    }

    private void publish(String data, @Nullable Selector selector) {
        channels.publish(NEWS, new Event(null, data, null).withSelector(selector));
    }

    private static Selector to(String name, Object value) {
        return Selector.to(Map.of(name, value));
    }

    private static Selector except(String name, Object value) {
        return Selector.except(Map.of(name, value));
    }

    private void publishSome() {
        publish("all", null);
        publish("alice", to("sub", "alice"));
        publish("users", to("role", "user"));
        publish("not bob", except("sub", "bob"));
        publish("admins", to("role", "admin"));
    }

    @Test
    void eachReader_getsTheEventsThatSelectIt_liveAndAtReplay_andTheNewestOfThem() {
        publish("first", null);
        Stream alice = channels.open(LiveChannels.LIVE, of(ALICE), NEWS);
        Stream bob = channels.open(LiveChannels.LIVE, of(BOB), NEWS);
        Stream root = channels.open(LiveChannels.LIVE, of(ROOT), NEWS);
        Stream anyone = channels.open(LiveChannels.LIVE, StreamForm.PLAIN, NEWS);
        publishSome();

        assertThat(channels.data(alice)).containsExactly("all", "alice", "users", "not bob");
        assertThat(channels.data(bob)).containsExactly("all", "users");
        assertThat(channels.data(root)).containsExactly("all", "not bob", "admins");
        assertThat(channels.data(anyone)).containsExactly("all", "not bob");
        String cut = channels.ids(bob).get(1);
        assertThat(channels.data(channels.open(LiveChannels.after(cut), of(BOB), NEWS)))
                .containsExactly("users");
        // The reader's own properties of now count, not those of the stream before.
        assertThat(channels.data(channels.open(LiveChannels.after(cut), of(ROOT), NEWS)))
                .containsExactly("not bob", "admins");
        assertThat(channels.data(channels.open(LiveChannels.last(2), of(BOB), NEWS)))
                .containsExactly("all", "users");
        assertThat(channels.data(channels.open(LiveChannels.last(2), of(ROOT), SCORES, NEWS)))
                .containsExactly("not bob", "admins");
        assertThat(channels.data(channels.open(LiveChannels.oldest(), of(BOB), NEWS)))
                .containsExactly("first", "all", "users");
    }

    @Test
    void aReaderThatGetsOtherProperties_getsTheNextEventsByThem() {
        publish("first", null);
        Stream bob = channels.open(LiveChannels.LIVE, of(BOB), NEWS, SCORES);
        publish("users 1", to("role", "user"));
        publish("admins 1", to("role", "admin"));
        channels.readAs(bob, Profile.of("bob", Map.of("role", "admin")));
        publish("users 2", to("role", "user"));
        publish("admins 2", to("role", "admin"));

        assertThat(channels.data(bob)).containsExactly("users 1", "admins 2");
    }

    @Test
    void eventsThatAreReadForOneReader_areNotShownToTheNext() {
        publishSome();
        Stream alice = channels.open(LiveChannels.oldest(), of(ALICE), NEWS);
        Stream bob = channels.open(LiveChannels.oldest(), of(BOB), NEWS);

        assertThat(channels.data(alice)).containsExactly("all", "alice", "users", "not bob");
        assertThat(channels.data(bob)).containsExactly("all", "users");
    }

    @Test
    void readersThatSeeTheSame_shareTheirBytes() {
        publish("first", null);
        Stream alice = channels.open(LiveChannels.LIVE, of(ALICE), NEWS);
        Stream bob = channels.open(LiveChannels.LIVE, of(BOB), NEWS);
        Stream root = channels.open(LiveChannels.LIVE, of(ROOT), NEWS);
        publish("users", to("role", "user"));
        assertThat(alice.out().newest()).isSameAs(bob.out().newest());
        assertThat(channels.text(root)).doesNotContain("users");

        publish("all", null);
        assertThat(alice.out().newest()).isSameAs(root.out().newest());
    }

    @Test
    void aStreamWithoutAProfile_doesNotExist() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StreamForm(Envelope.NONE, EventFilter.EVERYTHING, false));
    }

    /** A client: it keeps what it has got, and its last id, over all its streams. */
    private final class Client {
        private final String name;
        private final StreamForm form;
        private final ChannelName[] names;
        private final List<Integer> got = new ArrayList<>();
        private final List<Integer> due = new ArrayList<>();
        private Stream stream;
        private String id = "";

        private Client(String name, StreamForm form, ChannelName... names) {
            this.name = name;
            this.form = form;
            this.names = names;
            this.stream = channels.open(LiveChannels.LIVE, form, names);
        }

        private boolean reads(ChannelName channel) {
            return List.of(names).contains(channel);
        }

        /** Ends the stream after some of its events, as if the others had been on their way; returns all of them. */
        private void cut(Random random) {
            channels.run(stream.out()::leave);
            List<ReceivedEvent> events = events();
            take(events.subList(0, random.nextInt(events.size() + 1)));
        }

        private List<ReceivedEvent> events() {
            List<ReceivedEvent> events = new ArrayList<>();
            new EventStreamParser(events::add).feed(channels.text(stream).getBytes(StandardCharsets.UTF_8));
            return events;
        }

        private void take(List<ReceivedEvent> events) {
            for (ReceivedEvent event : events) {
                id = event.lastEventId();
                if (!event.type().equals("stream-open")) {
                    assertThat(event.type()).as(name).isNotEqualTo("stream-reset");
                    String data = form.envelope() == Envelope.NONE
                            ? event.data()
                            : new JsonObject(event.data()).getString("data");
                    got.add(Integer.parseInt(data.substring(0, data.indexOf(' '))));
                }
            }
        }

        private void reopen() {
            StartPoint start = id.isEmpty() ? LiveChannels.LIVE : LiveChannels.after(id);
            stream = channels.open(start, form, names);
        }
    }

    /** A kind of event, with the clients that get it, written by hand. */
    private record Kind(@Nullable Selector selector, Set<String> clients) {}

    private static final List<Kind> KINDS = List.of(
            new Kind(null, Set.of("alice", "alice 2", "bob", "root", "anyone")),
            new Kind(null, Set.of("alice", "alice 2", "bob", "root", "anyone")),
            new Kind(to("sub", "alice"), Set.of("alice", "alice 2")),
            new Kind(to("sub", "bob"), Set.of("bob")),
            new Kind(to("role", "admin"), Set.of("root")),
            new Kind(to("level", 2.0), Set.of("bob")),
            new Kind(except("sub", "alice"), Set.of("bob", "root", "anyone")),
            new Kind(new Selector(Map.of("role", "user"), Map.of("sub", "bob")), Set.of("alice", "alice 2")),
            new Kind(to("sub", "nobody"), Set.of()));

    @Test
    void throughRandomCuts_eachClientGetsItsOwnEvents_onceAndInOrder() {
        channels.publish(NEWS, new Event(null, "0 ", null));
        channels.publish(SCORES, new Event(null, "0 ", null));
        Random random = new Random(20_261_126);
        StreamForm wrapped = new StreamForm(Envelope.CLOUDEVENTS, EventFilter.ANONYMOUS, false);
        StreamForm named = new StreamForm(Envelope.NONE, new EventFilter(Set.of("ball"), ALICE), false);
        List<Client> clients = List.of(
                new Client("alice", of(ALICE), NEWS),
                new Client("alice 2", named, NEWS, SCORES),
                new Client("bob", of(BOB), SCORES, NEWS),
                new Client("root", wrapped.with(ROOT), NEWS),
                new Client("anyone", of(Profile.ANONYMOUS), NEWS));
        // Before the first cut every stream is open, and its id is known.
        clients.forEach(client -> client.take(client.events().subList(0, 1)));
        clients.forEach(client -> assertThat(client.id).isNotEmpty());
        int number = 0;
        for (int cuts = 0; cuts < CUTS; cuts++) {
            Client cut = clients.get(random.nextInt(clients.size()));
            number = publishSome(number, random, clients);
            cut.cut(random);
            // Sometimes more than the newest events in memory, so that the history is read.
            number = publishSome(number, random, clients);
            cut.reopen();
        }
        for (Client client : clients) {
            client.take(client.events());
            for (ChannelName channel : List.of(NEWS, SCORES)) {
                assertThat(of(channel, client.got)).as(client.name).isEqualTo(of(channel, client.due));
            }
            assertThat(client.got).hasSizeGreaterThan(CUTS);
        }
    }

    private final Map<Integer, ChannelName> channelOf = new LinkedHashMap<>();

    private List<Integer> of(ChannelName channel, List<Integer> numbers) {
        return numbers.stream()
                .filter(number -> channel.equals(channelOf.get(number)))
                .toList();
    }

    private int publishSome(int before, Random random, List<Client> clients) {
        int count = random.nextInt(random.nextInt(10) == 0 ? 80 : 8);
        List<Runnable> publishes = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            int number = before + i;
            ChannelName channel = random.nextInt(4) == 0 ? SCORES : NEWS;
            Kind kind = KINDS.get(random.nextInt(KINDS.size()));
            String type = random.nextBoolean() ? "ball" : null;
            String data = number + " " + "x".repeat(random.nextInt(20) == 0 ? 3_000 : 10);
            channelOf.put(number, channel);
            for (Client client : clients) {
                boolean wanted = type != null || client.form.filter().hasAllNames();
                if (wanted && client.reads(channel) && kind.clients.contains(client.name)) {
                    client.due.add(number);
                }
            }
            Event event = new Event(type, data, null).withSelector(kind.selector);
            publishes.add(() -> channels.publishNow(channel, event));
        }
        channels.run(() -> publishes.forEach(Runnable::run));
        channels.settle();
        return before + count;
    }
}
