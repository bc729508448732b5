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
import io.ssebridge.history.MemoryHistory;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.hub.Owner;
import io.ssebridge.membership.SoleNode;
import io.ssebridge.presence.PresenceOptions;
import io.ssebridge.subscriber.StreamLifetime;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.subscriber.Subscriber;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.OnContext;
import io.ssebridge.testing.RecordingStream;
import io.ssebridge.testing.ShardLoops;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    StreamControlTest(Vertx vertx) {
        Context context = vertx.getOrCreateContext();
        this.vertx = vertx;
        loop = new OnContext(context);
        owner = new Owner(context);
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

    private StreamControl control(ChannelRules rules) {
        return loop.call(() -> BusNode.open(
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
                        meters)
                .compose(node -> StreamControl.open(
                        node, rules, LimitOptions.DEFAULT, DisconnectOptions.DEFAULT, clock, meters)));
    }

    private OpenStream granted(RecordingStream to) {
        return stream(to, Grant.of("alice").withSubscribe("team.*"));
    }

    private OpenStream stream(RecordingStream to, String subject) {
        return stream(to, Grant.of(subject));
    }

    private OpenStream stream(RecordingStream to, Grant grant) {
        return new OpenStream(
                SubscriberId.draw("standalone"),
                owner,
                new Subscriber(to, new StreamLifetime(Long.MAX_VALUE, Long.MAX_VALUE), clock.elapsedMillis()),
                List.of(A),
                Optional.of(grant),
                false,
                clock.instant());
    }

    // Its request was checked before the subject was disconnected.
    @Test
    void aStreamThatIsOpenedWhileItsSubjectIsDisconnected_isEndedAtOnce() {
        StreamControl control = control(RULES);
        assertThat(loop.call(() -> control.disconnect(SubjectChannels.of("alice", List.of(A)))))
                .isZero();

        loop.run(() -> control.add(stream(out, "alice"), RULES));
        assertThat(loop.get(out::text)).contains("\"reason\":\"disconnected\"");
        RecordingStream other = new RecordingStream();
        loop.run(() -> control.add(stream(other, "bob"), RULES));
        assertThat(loop.get(other::text)).isEmpty();
    }

    // Its request was checked by the rules before.
    @Test
    void aStreamThatIsOpenedWhileTheRulesAreReplaced_isEndedAtOnce() {
        ChannelRules rules = RULES.snapshot();
        StreamControl control = control(rules);
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
        ChannelRules rules = RULES.snapshot();
        StreamControl control = control(rules);
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
