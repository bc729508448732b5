package io.ssebridge.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.access.Grant;
import io.ssebridge.bus.BusNode;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.Requirement;
import io.ssebridge.channel.Retention;
import io.ssebridge.event.Event;
import io.ssebridge.event.Profile;
import io.ssebridge.event.Selector;
import io.ssebridge.history.MemoryHistory;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.hub.LoopAudiences;
import io.ssebridge.hub.Owner;
import io.ssebridge.hub.StartPoint;
import io.ssebridge.hub.StreamForm;
import io.ssebridge.hub.StreamJoin;
import io.ssebridge.membership.SoleNode;
import io.ssebridge.presence.PresenceOptions;
import io.ssebridge.subscriber.StalledBytes;
import io.ssebridge.subscriber.StalledStreams;
import io.ssebridge.subscriber.StreamLifetime;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.subscriber.Subscriber;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.OnContext;
import io.ssebridge.testing.RecordingStream;
import io.ssebridge.testing.ShardLoops;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The open streams of one node, without HTTP. */
@ExtendWith(VertxExtension.class)
@Timeout(60)
class StreamControlTest {
    private static final ChannelName A = new ChannelName("team.a");
    private static final ChannelRules RULES = new ChannelRules(List.of(rule("team.{name}")));

    private final Vertx vertx;
    private final OnContext loop;
    private final Owner owner;
    private final FakeClock clock = new FakeClock();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final RecordingStream out = new RecordingStream();
    private final ChannelRules rules = RULES.snapshot();
    private final BusNode node;

    StreamControlTest(Vertx vertx) {
        Context context = vertx.getOrCreateContext();
        this.vertx = vertx;
        loop = new OnContext(context);
        owner = new Owner(context);
        node = loop.call(() -> BusNode.open(
                vertx,
                ShardLoops.COUNT,
                new SoleNode(),
                rules,
                LimitOptions.DEFAULT,
                StreamOptions.DEFAULT,
                PresenceOptions.DEFAULT,
                new MemoryHistory(rules),
                Map.of(),
                clock,
                meters));
    }

    /** Otherwise it would get the messages of the next test's node, which is in the same Vert.x. */
    @AfterEach
    void close() {
        loop.call(node::close);
    }

    private static ChannelRule rule(String channel) {
        return new ChannelRule(
                ChannelPattern.of(channel),
                ChannelPattern.of(channel),
                null,
                Requirement.GRANTED,
                Requirement.GRANTED,
                Retention.DEFAULT,
                ChannelRule.DEFAULT_LINGER,
                0);
    }

    private StreamControl control() {
        return loop.call(
                () -> StreamControl.open(node, rules, LimitOptions.DEFAULT, DisconnectOptions.DEFAULT, clock, meters));
    }

    private OpenStream granted(RecordingStream to) {
        return stream(to, Grant.of("alice").withSubscribe("team.*"));
    }

    private OpenStream stream(RecordingStream to, String subject) {
        return stream(to, Grant.of(subject));
    }

    private OpenStream stream(RecordingStream to, Grant grant) {
        return stream(to, grant, Map.of());
    }

    private OpenStream stream(RecordingStream to, Grant grant, Map<String, Object> ofService) {
        Subscriber subscriber =
                new Subscriber(to, new StreamLifetime(Long.MAX_VALUE, Long.MAX_VALUE), clock.elapsedMillis());
        return new OpenStream(
                SubscriberId.draw("standalone"),
                owner,
                subscriber,
                List.of(A),
                new StreamReader(node.presence(), subscriber, List.of(A), List.of(ofService)),
                Optional.of(grant),
                false,
                clock.instant());
    }

    // Its request was checked before the subject was disconnected.
    @Test
    void aStreamThatIsOpenedWhileItsSubjectIsDisconnected_isEndedAtOnce() {
        StreamControl control = control();
        assertThat(loop.call(() -> control.disconnect(SubjectChannels.of("alice", List.of(A)))))
                .isZero();

        loop.run(() -> control.add(stream(out, "alice"), rules));
        assertThat(loop.get(out::text)).contains("\"reason\":\"disconnected\"");
        RecordingStream other = new RecordingStream();
        loop.run(() -> control.add(stream(other, "bob"), rules));
        assertThat(loop.get(other::text)).isEmpty();
    }

    // Its request was checked by the rules before.
    @Test
    void aStreamThatIsOpenedWhileTheRulesAreReplaced_isEndedAtOnce() {
        StreamControl control = control();
        ChannelRules before = rules.snapshot();
        rules.replace(new ChannelRules(List.of(rule("other"))));

        loop.run(() -> control.add(stream(out, "alice"), before));
        assertThat(loop.get(out::text)).contains("\"reason\":\"access-lost\"");

        rules.replace(RULES.snapshot());
        RecordingStream other = new RecordingStream();
        loop.run(() -> control.add(granted(other), before));
        assertThat(loop.get(other::text)).isEmpty();
    }

    @Test
    void streamsThatTheNewRulesDoNotAllow_endInTurns_andOthersStay() {
        StreamControl control = control();
        List<RecordingStream> all = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            RecordingStream each = new RecordingStream();
            all.add(each);
            boolean isGranted = i % 2 == 0;
            loop.run(() -> control.add(isGranted ? granted(each) : stream(each, "bob"), rules.snapshot()));
        }

        assertThat(loop.call(() -> control.changed(LimitOptions.DEFAULT))).isEqualTo(125);

        for (int i = 0; i < 250; i++) {
            assertThat(loop.get(all.get(i)::text).contains("access-lost")).isEqualTo(i % 2 != 0);
        }
    }

    @Test
    void aTokenThatComesWhileTheStreamIsOpened_countsFromTheFirstEventOn() {
        StreamJoin joining = loop.get(() -> joining());
        loop.call(() -> {
            OpenStream stream = stream(out, reader("user"));
            StreamForm form = StreamForm.PLAIN.with(Profile.of("alice", Map.of("role", "user")));
            StartPoint start = new StartPoint(Optional.empty(), OptionalInt.empty(), OptionalLong.empty());
            return joining.join(
                            stream.subscriber(), List.of(A), start, List.of(form), new Event("stream-open", "{}", null))
                    .onSuccess(begun -> {
                        assertThat(stream.extend(reader("admin"), true, RULES)).isInstanceOf(Extension.Extended.class);
                        stream.begin(begun.orElseThrow());
                    });
        });
        loop.call(() -> node.publish(A, eventFor("user"), null));
        loop.call(() -> node.publish(A, eventFor("admin"), null));

        Eventually.holds(
                "the event for administrators",
                Duration.ofSeconds(10),
                () -> loop.get(out::text).contains("for admin"));
        assertThat(loop.get(out::text)).doesNotContain("for user");
    }

    @Test
    void aTokenWithPropertiesThatAreTooLargeTogetherWithThoseOfTheService_endsTheStream() {
        Extension extension = loop.get(() -> stream(out, reader("user"), Map.of("of", "x".repeat(3_000)))
                .extend(reader("y".repeat(2_000)), true, RULES));

        assertThat(extension).isInstanceOf(Extension.AccessLost.class);
        assertThat(loop.get(out::text)).contains("access-lost");
    }

    private StreamJoin joining() {
        StalledStreams stalled = new StalledStreams(vertx.getOrCreateContext(), new StalledBytes(1 << 20, meters));
        LoopAudiences audiences = new LoopAudiences(
                vertx.getOrCreateContext(), RULES, node.history(), StreamOptions.DEFAULT, clock, stalled, meters);
        return new StreamJoin(node.hubs(), node.history(), audiences, null, clock);
    }

    private static Grant reader(String role) {
        return Grant.of("alice").withSubscribe("team.*").withProperties(Map.of("role", role));
    }

    private static Event eventFor(String role) {
        return new Event(null, "for " + role, null).withSelector(Selector.to(Map.of("role", role)));
    }

    @Test
    void aStreamThatEnds_isForgotten_andTheOthersOfItsSubjectAreNot() {
        OpenStreams streams = new OpenStreams();
        RecordingStream first = new RecordingStream();
        loop.run(() -> {
            OpenStream one = stream(first, "alice");
            OpenStream two = stream(out, "alice");
            OpenStream three = stream(new RecordingStream(), "alice");
            List.of(one, two, three).forEach(streams::add);

            first.leave();
            assertThat(streams.find(one.id())).isEmpty();
            assertThat(streams.of("alice")).containsExactlyInAnyOrder(two, three);
            out.leave();
            assertThat(streams.of("alice")).containsExactly(three);
            three.subscriber().cut();
            assertThat(streams.of("alice")).isEmpty();
            assertThat(streams.find(three.id())).isEmpty();
        });
    }
}
