package io.ssebridge.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFilter;
import io.ssebridge.event.EventId;
import io.ssebridge.event.Profile;
import io.ssebridge.event.Selector;
import io.ssebridge.hub.LiveChannels.Stream;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Histories;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The forms in which streams get their events. */
@ExtendWith(VertxExtension.class)
@Timeout(30)
class StreamFormTest {
    private static final ChannelName NEWS = new ChannelName("news");
    private static final ChannelName SCORES = new ChannelName("scores");
    private static final ChannelName LIVE_ONLY = new ChannelName("live.only");

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final LiveChannels channels;

    StreamFormTest(Vertx vertx) {
        ChannelRules rules = new ChannelRules(List.of(
                Histories.rule("live.**", 0, Duration.ofMinutes(1)),
                Histories.rule("**", 1_000, Duration.ofMinutes(10))));
        channels = new LiveChannels(vertx, rules);
    }

    private static Event event(String data) {
        return new Event(null, data, null);
    }

    private static Event json(String name, String json) {
        return Event.publishedJson(name, json, null);
    }

    private static StreamForm cloudEvents() {
        return new StreamForm(Envelope.CLOUDEVENTS, EventFilter.ANONYMOUS, false);
    }

    /** What the stream gets when its heartbeat is due. */
    private String heartbeat(Stream stream) {
        int before = channels.text(stream).length();
        channels.clock().pass(StreamOptions.DEFAULT.heartbeat());
        return Eventually.see("a heartbeat", PATIENCE, () -> channels.text(stream), text -> text.length() > before)
                .substring(before);
    }

    @Test
    void aHeartbeat_isAComment_unlessTheStreamAsksForAnEventWithItsCurrentId() {
        channels.publish(NEWS, event("0"));
        Stream plain = channels.open(LiveChannels.LIVE, StreamForm.PLAIN, NEWS, SCORES);
        Stream asking = channels.open(
                LiveChannels.LIVE, new StreamForm(Envelope.NONE, EventFilter.ANONYMOUS, true), NEWS, SCORES);
        channels.publish(NEWS, event("1"));
        channels.publish(SCORES, event("2"));
        String newest = channels.ids(asking).get(2);

        assertThat(heartbeat(plain)).isEqualTo(": \n");
        assertThat(heartbeat(asking)).isEqualTo("event: stream-heartbeat\ndata: {}\nid: " + newest + "\n\n");
        channels.publish(SCORES, event("3"));
        Stream resumed = channels.open(LiveChannels.after(newest), StreamForm.PLAIN, NEWS, SCORES);
        assertThat(channels.data(resumed)).containsExactly("3");
    }

    @Test
    void aHeartbeatOfAStreamWithoutIds_hasNoId() {
        Stream stream =
                channels.open(LiveChannels.LIVE, new StreamForm(Envelope.NONE, EventFilter.ANONYMOUS, true), LIVE_ONLY);

        assertThat(heartbeat(stream)).isEqualTo("event: stream-heartbeat\ndata: {}\n\n");
    }

    @Test
    void anEnvelope_saysWhichEventOfWhichChannelItIs_andKeepsTheData() {
        ChannelName odd = new ChannelName("scores.50% \u00e9/x");
        channels.publish(odd, event("before"));
        Stream stream = channels.open(LiveChannels.LIVE, cloudEvents(), odd);
        channels.publish(odd, json("goal", "{\"n\":1.10,\n\"t\":\"\u20ac\"}"));
        channels.publish(odd, event("{\"is\":\"text\"}\nline \"2\""));
        String[] id = decoded(channels.ids(stream).get(2));

        assertThat(channels.text(stream).split("\n\n", -1)[1])
                .startsWith("event: goal\ndata: {\"specversion\":\"1.0\",\"id\":\"2-");
        assertThat(channels.data(stream).get(0))
                .matches("\\{\"specversion\":\"1.0\",\"id\":\"2-[0-9a-f]{6}\","
                        + "\"source\":\"/channels/scores\\.50%25%20%C3%A9%2Fx\",\"type\":\"goal\","
                        + "\"time\":\"2026-11-20T12:00:00Z\",\"channel\":\"scores\\.50% \u00e9/x\","
                        + "\"datacontenttype\":\"application/json\",\"data\":\\{\"n\":1\\.10,");
        assertThat(channels.data(stream).get(1)).isEqualTo("\"t\":\"\u20ac\"}}");
        JsonObject text = new JsonObject(channels.data(stream).get(2));
        assertThat(text.getString("id")).isEqualTo(id[0] + "-" + id[1]);
        assertThat(text.getString("type")).isEqualTo("message");
        assertThat(text.getString("datacontenttype")).isEqualTo("text/plain");
        assertThat(text.getString("data")).isEqualTo("{\"is\":\"text\"}\nline \"2\"");
    }

    private static String[] decoded(String id) {
        ChannelName odd = new ChannelName("scores.50% \u00e9/x");
        Cursor.At cursor = (Cursor.At) Objects.requireNonNull(
                EventId.decode(id, List.of(odd)).orElseThrow().get(odd));
        return new String[] {Long.toString(cursor.sequence()), "%06x".formatted(cursor.tag())};
    }

    @Test
    void envelopedStreams_shareTheirBytes_andLeaveOthersAsTheyAre() {
        channels.publish(NEWS, event("0"));
        Stream plain = channels.open(LiveChannels.LIVE, StreamForm.PLAIN, NEWS);
        Stream one = channels.open(LiveChannels.LIVE, cloudEvents(), NEWS);
        Stream two = channels.open(LiveChannels.LIVE, cloudEvents(), NEWS);
        channels.publish(NEWS, json("a", "[1]"));

        assertThat(channels.data(plain)).containsExactly("[1]");
        assertThat(channels.data(one)).singleElement().asString().endsWith("\"data\":[1]}");
        assertThat(one.out().newest())
                .isSameAs(two.out().newest())
                .isNotSameAs(plain.out().newest());
        assertThat(channels.ids(one)).isEqualTo(channels.ids(plain));
    }

    @Test
    void anEnvelope_isTheSameLiveAndAtReplay_aloneAndWithOtherChannels_withAndWithoutHistory() {
        StartPoint oldest = LiveChannels.oldest();
        List<Stream> streams = new ArrayList<>();
        streams.add(channels.open(oldest, cloudEvents(), NEWS));
        streams.add(channels.open(oldest, cloudEvents(), NEWS, LIVE_ONLY));
        for (int i = 1; i <= 200; i++) {
            String large = i % 20 == 0 ? ",\"" + "x".repeat(5_000) + "\"" : "";
            channels.publish(NEWS, json("n", "[" + i + large + "]"));
        }
        streams.add(channels.open(oldest, cloudEvents(), NEWS));
        streams.add(channels.open(oldest, cloudEvents(), NEWS, SCORES));
        channels.publish(LIVE_ONLY, event("no history"));
        List<String> live = channels.data(streams.get(0));

        assertThat(live).hasSize(200).allMatch(data -> data.contains("\"channel\":\"news\""));
        assertThat(live.get(199)).contains("\"data\":[200,");
        assertThat(channels.data(streams.get(2))).isEqualTo(live);
        assertThat(channels.data(streams.get(3))).isEqualTo(live);
        List<String> both = channels.data(streams.get(1));
        assertThat(both.subList(0, 200)).isEqualTo(live);
        assertThat(both.get(200)).contains("\"channel\":\"live.only\"", "\"data\":\"no history\"");
        assertThat(channels.text(streams.get(1))).endsWith("\"data\":\"no history\"}\n\n");
    }

    /** Otherwise the client would come back for the end again and again. */
    @Test
    void theEndOfAChannel_reachesStreamsThatDoNotGetTheLastEvent_withItsId() {
        channels.publish(NEWS, event("1"));
        Stream all = channels.open(LiveChannels.LIVE, StreamForm.PLAIN, NEWS);
        Stream wrapped = channels.open(LiveChannels.LIVE, cloudEvents(), NEWS);
        Stream some = channels.open(LiveChannels.LIVE, only("ball"), NEWS);
        Stream several = channels.open(LiveChannels.LIVE, only("ball"), NEWS, SCORES);
        channels.publish(NEWS, event("2").withSelector(Selector.to(Map.of("sub", "alice"))));
        channels.publish(NEWS, event("3").ending());
        String end = "event: stream-end\ndata: {\"channel\":\"news\"}\n";
        Stream late = channels.open(LiveChannels.oldest(), only("ball"), NEWS);

        assertThat(channels.text(all)).contains("data: 3\nid: ", end);
        String id = channels.ids(all).get(1);
        assertThat(channels.text(wrapped)).contains("\"data\":\"3\"}\nid: " + id + "\n\n" + end);
        assertThat(channels.text(some)).contains(end + "id: " + id + "\n\n").doesNotContain("data: 3");
        assertThat(channels.text(late)).contains(end + "id: " + id + "\n\n").doesNotContain("data: 3");
        assertThat(channels.text(several)).contains(end + "id: ").doesNotContain("data: 3");
        for (Stream ended : List.of(all, wrapped, some, late)) {
            assertThat(channels.text(ended)).contains("\"reason\":\"ended\"");
        }
        assertThat(channels.text(several)).doesNotContain("\"reason\":\"ended\"");
    }

    @Test
    void aReset_hasNoEnvelope() {
        channels.publish(NEWS, event("1"));
        Stream stream = channels.open(LiveChannels.after("unknown"), cloudEvents(), NEWS);

        assertThat(channels.data(stream).get(0)).isEqualTo("reset:unknown-id");
        assertThat(channels.data(stream).get(1)).contains("\"data\":\"1\"");
    }

    private static StreamForm only(String... names) {
        return new StreamForm(Envelope.NONE, new EventFilter(Set.of(names), Profile.ANONYMOUS), true);
    }

    private void publish(ChannelName channel, int from, int to) {
        for (int i = from; i <= to; i++) {
            String name = List.of("ball", "over", "message").get(i % 3);
            channels.publish(channel, new Event(name.equals("message") ? null : name, Integer.toString(i), null));
        }
    }

    @Test
    void aStreamWithNames_getsOnlyTheirEvents_andItsIdsCoverTheOthers() {
        publish(NEWS, 1, 3);
        Stream stream = channels.open(LiveChannels.LIVE, only("ball", "message"), NEWS);
        Stream all = channels.open(LiveChannels.LIVE, StreamForm.PLAIN, NEWS);
        publish(NEWS, 4, 10);

        assertThat(channels.data(stream)).containsExactly("5", "6", "8", "9");
        assertThat(channels.data(all)).containsExactly("4", "5", "6", "7", "8", "9", "10");
        List<String> ids = channels.ids(all);
        assertThat(channels.ids(stream)).containsExactly(ids.get(0), ids.get(2), ids.get(3), ids.get(5), ids.get(6));
        // The heartbeat's id covers the filtered event after the last one, too.
        assertThat(heartbeat(stream)).isEqualTo("event: stream-heartbeat\ndata: {}\nid: " + ids.get(7) + "\n\n");
    }

    @Test
    void aStreamThatGetsNothing_isWrittenNothing() {
        publish(NEWS, 1, 3);
        Stream none = channels.open(LiveChannels.LIVE, only("unused"), NEWS);
        Stream replayed = channels.open(LiveChannels.oldest(), only("unused"), NEWS, SCORES);
        publish(NEWS, 4, 9);

        assertThat(none.out().writes()).hasSize(1);
        assertThat(replayed.out().writes()).hasSize(1);
    }

    @Test
    void streamsThatGetTheSameEvents_shareTheirBytes() {
        publish(NEWS, 1, 3);
        Stream one = channels.open(LiveChannels.LIVE, only("ball"), NEWS);
        Stream two = channels.open(LiveChannels.LIVE, only("ball"), NEWS);
        Stream three = channels.open(LiveChannels.LIVE, only("ball", "unused"), NEWS);
        Stream other = channels.open(LiveChannels.LIVE, only("over"), NEWS);
        publish(NEWS, 4, 6);

        assertThat(channels.data(one)).containsExactly("6");
        assertThat(channels.data(other)).containsExactly("4");
        assertThat(one.out().newest())
                .isSameAs(two.out().newest())
                .isSameAs(three.out().newest());
    }

    @Test
    void aReplay_isFilteredLikeALiveStream_aloneAndWithOtherChannels() {
        publish(NEWS, 1, 300);
        StreamForm wrapped =
                new StreamForm(Envelope.CLOUDEVENTS, new EventFilter(Set.of("over"), Profile.ANONYMOUS), false);
        List<String> overs = IntStream.rangeClosed(1, 300)
                .filter(i -> i % 3 == 1)
                .mapToObj(Integer::toString)
                .toList();

        assertThat(channels.data(channels.open(LiveChannels.oldest(), only("over"), NEWS)))
                .isEqualTo(overs);
        assertThat(channels.data(channels.open(LiveChannels.oldest(), only("over"), SCORES, NEWS)))
                .isEqualTo(overs);
        assertThat(channels.data(channels.open(LiveChannels.oldest(), wrapped, SCORES, NEWS)))
                .hasSize(100)
                .allMatch(data -> data.contains("\"type\":\"over\""));
        assertThat(channels.data(channels.open(LiveChannels.last(2), only("over"), NEWS)))
                .containsExactly("295", "298");
        assertThat(channels.data(channels.open(LiveChannels.last(2), StreamForm.PLAIN, NEWS)))
                .containsExactly("299", "300");
    }
}
