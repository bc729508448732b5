package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.ReceivedEvent;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Histories over two nodes: keys, arrays, several channels, resuming, pages, and channels that keep nothing. */
@Timeout(60)
class HistoryIT {
    private static final NodeSetup SETUP = NodeSetup.of("""
            http: {host: 127.0.0.1}
            auth: {jwt: {secret: "%s"}}
            stream: {retry: 100ms}
            shutdown: {drain: 0s}
            channels:
              - {channel: "small.{name}", subscribe: public, publish: public, history: {size: 16}}
              - {channel: "live.{name}", subscribe: public, publish: public, history: none}
              - {channel: "{name}", subscribe: public, publish: public}
            """.formatted(NodeSetup.SECRET));

    private static TestCluster cluster;
    private static TestNode one;
    private static TestNode two;

    @BeforeAll
    static void start() {
        cluster = new TestCluster();
        one = cluster.start(SETUP);
        two = cluster.start(SETUP);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @CanIgnoreReturnValue
    private static JsonObject publish(TestNode node, String channel, Object data) {
        HttpResponse<String> answer = node.post(
                "/publish/" + channel, new JsonObject().put("data", data).encode());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return new JsonObject(answer.body());
    }

    private static void publishNumbers(String channel, int from, int to) {
        IntStream.range(from, to).forEach(i -> publish(i % 2 == 0 ? one : two, channel, i));
    }

    private static EventStreamReader resume(TestNode node, String path, String lastEventId) {
        return EventStreamReader.open(node.uri(path), Map.of("Last-Event-ID", lastEventId));
    }

    private static List<String> data(EventStreamReader reader, int count) {
        return reader.awaitCount("message", count, Duration.ofSeconds(10)).stream()
                .map(ReceivedEvent::data)
                .toList();
    }

    private static final List<JsonObject> SELECTORS = List.of(
            new JsonObject(),
            new JsonObject("{\"to\": {\"sub\": \"alice\"}}"),
            new JsonObject("{\"to\": {\"role\": \"admin\"}}"),
            new JsonObject("{\"except\": {\"role\": \"admin\"}}"),
            new JsonObject("{\"to\": {\"role\": \"user\"}, \"except\": {\"sub\": \"alice\"}}"),
            new JsonObject());

    /** A reader that is cut off in each round before its last event, and comes back to the other node. */
    private static final class PersonalReader {
        private final String token;
        private final List<Integer> selected;
        private final List<String> due = new ArrayList<>();
        private final List<String> got = new ArrayList<>();
        private String id = "";

        private PersonalReader(String subject, String role, Integer... selected) {
            this.token =
                    Tokens.mint(subject, List.of(), List.of(), new JsonObject().put("role", role), Duration.ofHours(1));
            this.selected = List.of(selected);
            try (EventStreamReader reader = one.stream("/stream/personal", token)) {
                id = reader.await("stream-open").lastEventId();
            }
        }

        private void read(TestNode node, int left) {
            int count = due.size() - got.size() - left;
            Map<String, String> headers = Map.of("Authorization", "Bearer " + token, "Last-Event-ID", id);
            try (EventStreamReader reader = EventStreamReader.open(node.uri("/stream/personal"), headers)) {
                for (ReceivedEvent event : reader.awaitCount("message", count, Duration.ofSeconds(10))
                        .subList(0, count)) {
                    got.add(event.data());
                    id = event.lastEventId();
                }
            }
        }
    }

    @Test
    void throughCutsOverBothNodes_eachReaderGetsItsOwnEvents_onceAndInOrder() {
        List<PersonalReader> readers = List.of(
                new PersonalReader("alice", "user", 0, 1, 3, 5),
                new PersonalReader("bob", "user", 0, 3, 4, 5),
                new PersonalReader("root", "admin", 0, 2, 5));
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < SELECTORS.size(); i++) {
                String data = round + "." + i;
                int kind = i;
                JsonObject event = SELECTORS.get(i).copy().put("data", data);
                HttpResponse<String> answer = (i % 2 == 0 ? one : two).post("/publish/personal", event.encode());
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
                readers.stream().filter(each -> each.selected.contains(kind)).forEach(each -> each.due.add(data));
            }
            TestNode node = round % 2 == 0 ? two : one;
            readers.forEach(each -> each.read(node, 1));
        }
        readers.forEach(each -> each.read(one, 0));

        for (PersonalReader each : readers) {
            assertThat(each.got).isEqualTo(each.due);
        }
    }

    @Test
    void theIdOfAPublish_resumesRightAfterIt() {
        publish(one, "behind", "before");
        String id = publish(two, "behind", "here").getString("id");
        publish(one, "behind", "after");

        try (EventStreamReader reader = resume(two, "/stream/behind", id)) {
            assertThat(data(reader, 1)).containsExactly("after");
            assertThat(reader.events("stream-open").get(0).lastEventId()).isEqualTo(id);
            assertThat(reader.events("stream-reset")).isEmpty();
        }
    }

    @Test
    void aStreamOfSeveralChannels_goesOnOnEachOfThemOnAnotherNode() {
        String path = "/stream?channel=left&channel=right";
        String id;
        try (EventStreamReader reader = one.stream(path)) {
            reader.await("stream-open");
            publish(one, "left", "l1");
            publish(two, "right", "r1");
            assertThat(data(reader, 2)).containsExactlyInAnyOrder("l1", "r1");
            id = reader.lastEventId();
        }
        publish(two, "right", "r2");
        publish(one, "left", "l2");

        try (EventStreamReader reader = resume(two, path + "&channel=added", id)) {
            assertThat(data(reader, 2)).containsExactlyInAnyOrder("l2", "r2");
            assertThat(reader.events("stream-reset")).isEmpty();
        }
    }

    @Test
    void anIdThatCannotBeRead_isAResetAndAllThatIsKept() {
        publishNumbers("unreadable", 0, 3);

        try (EventStreamReader reader = resume(one, "/stream/unreadable", "tampered")) {
            assertThat(reader.await("stream-reset").json())
                    .isEqualTo(new JsonObject()
                            .put("channels", new JsonArray().add("unreadable"))
                            .put("reason", "unknown-id"));
            assertThat(data(reader, 3)).containsExactly("0", "1", "2");
        }
    }

    @Test
    void anIdThatHistoryNoLongerReaches_isAReset() {
        String id = publish(one, "small.ring", "old").getString("id");
        publishNumbers("small.ring", 0, 40);

        try (EventStreamReader reader = resume(two, "/stream/small.ring", id)) {
            assertThat(reader.await("stream-reset").json().getString("reason")).isEqualTo("expired");
            assertThat(data(reader, 16)).startsWith("24").endsWith("39");
        }
    }

    @Test
    void last_beginsWithTheNewest_andSinceWithATime() {
        publishNumbers("begin", 0, 5);

        try (EventStreamReader last = two.stream("/stream/begin?last=2");
                EventStreamReader since = two.stream("/stream/begin?since=0")) {
            assertThat(data(last, 2)).containsExactly("3", "4");
            assertThat(data(since, 5)).containsExactly("0", "1", "2", "3", "4");
        }
    }

    @Test
    void theSameKey_isTheSameEvent_onAnyNode() {
        try (EventStreamReader reader = one.stream("/stream/keyed")) {
            reader.await("stream-open");
            HttpResponse<String> first = one.post("/publish/keyed", "{\"data\": 1, \"key\": \"k\"}");
            HttpResponse<String> again = two.post("/publish/keyed", "{\"data\": 1}", "Idempotency-Key", "k");
            publish(two, "keyed", "last");

            assertThat(first.statusCode()).isEqualTo(201);
            assertThat(again.statusCode()).isEqualTo(200);
            assertThat(again.body()).isEqualTo(first.body());
            assertThat(data(reader, 2)).containsExactly("1", "last");
        }
    }

    @Test
    void anArray_isAnsweredEventByEvent() {
        try (EventStreamReader reader = two.stream("/stream/array")) {
            reader.await("stream-open");
            HttpResponse<String> answer = one.post(
                    "/publish/array", "[{\"data\": \"a\"}, {\"event\": \"open\", \"data\": 1}, {\"data\": \"b\"}]");

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(new JsonArray(answer.body()))
                    .extracting(each -> ((JsonObject) each).getInteger("status"))
                    .containsExactly(201, 400, 201);
            assertThat(data(reader, 2)).containsExactly("a", "b");
        }
    }

    @Test
    void severalChannels_getTheSameEvent() {
        HttpResponse<String> answer = one.post("/publish?channel=here&channel=there", "{\"data\": \"x\"}");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(new JsonArray(answer.body()))
                .extracting(each -> ((JsonObject) each).getString("channel"))
                .containsExactly("here", "there");
        assertThat(two.get("/history/there").body()).contains("\"data\":\"x\"");
    }

    @Test
    void aHistory_isReadPageByPage() {
        publishNumbers("pages", 0, 5);

        JsonObject first = new JsonObject(two.get("/history/pages?limit=3").body());
        JsonObject second = new JsonObject(one.get("/history/pages?limit=3&after=" + first.getString("next"))
                .body());

        assertThat(texts(first)).containsExactly("0", "1", "2");
        assertThat(texts(second)).containsExactly("3", "4");
        assertThat(second.getValue("next")).isNull();
        assertThat(texts(new JsonObject(one.get("/history/pages?last=1").body())))
                .containsExactly("4");
        assertThat(one.get("/history/pages?limit=0").statusCode()).isEqualTo(400);
        assertThat(one.get("/history/pages?after=x").statusCode()).isEqualTo(400);
    }

    private static List<String> texts(JsonObject page) {
        return page.getJsonArray("events").stream()
                .map(event -> ((JsonObject) event).getString("data"))
                .toList();
    }

    @Test
    void aChannelWithoutHistory_isLiveOnly() {
        try (EventStreamReader reader = two.stream("/stream?channel=live.x&channel=live.y")) {
            reader.await("stream-open");
            JsonObject answer = publish(one, "live.x", "now");
            publish(two, "live.y", "too");

            assertThat(answer.containsKey("id")).isFalse();
            assertThat(data(reader, 2)).containsExactlyInAnyOrder("now", "too");
            assertThat(reader.lastEventId()).isEmpty();
        }
        try (EventStreamReader later = one.stream("/stream/live.x?last=10")) {
            later.await("stream-open");
            publish(one, "live.x", "later");
            assertThat(data(later, 1)).containsExactly("later");
        }
        assertThat(texts(new JsonObject(one.get("/history/live.x").body()))).isEmpty();
    }

    @Test
    void channelsWithAndWithoutHistory_shareAStream() {
        String path = "/stream?channel=mixed&channel=live.mixed";
        String id;
        try (EventStreamReader reader = one.stream(path)) {
            reader.await("stream-open");
            publish(one, "live.mixed", "gone");
            publish(one, "mixed", "kept");
            assertThat(data(reader, 2)).containsExactlyInAnyOrder("gone", "kept");
            id = reader.lastEventId();
        }
        publish(two, "live.mixed", "unheard");
        publish(two, "mixed", "missed");

        try (EventStreamReader reader = resume(two, path, id)) {
            assertThat(data(reader, 1)).containsExactly("missed");
            assertThat(reader.events("stream-reset")).isEmpty();
        }
    }
}
