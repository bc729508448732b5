package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.management.ManagementServer;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Exposition;
import io.ssebridge.testing.MarkdownPage;
import io.ssebridge.testing.PromQl;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The metrics of a running node, and all that is written about them: the table, the dashboard and the alert rules. */
@ExtendWith(VertxExtension.class)
@Timeout(60)
class MetricsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String OURS = "sse_";
    private static final Path DASHBOARD = Path.of("src/ops/monitoring/dashboard.json");
    private static final Path ALERTS = Path.of("src/ops/monitoring/alerts.yaml");
    // Prometheus itself adds them.
    private static final Set<String> OF_PROMETHEUS = Set.of("instance", "job", "le");

    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

    private static final JsonObject OPTIONS = new JsonObject()
            .put("http", new JsonObject().put("port", 0).put("host", "127.0.0.1"))
            .put("shutdown", new JsonObject().put("drain", "0ms").put("grace", "0ms"))
            .put(
                    "channels",
                    new JsonArray().add(rule("*")).add(rule("measured.{name}").put("metrics", true)));

    private static JsonObject rule(String channels) {
        return new JsonObject()
                .put("channel", channels)
                .put("subscribe", "public")
                .put("publish", "public");
    }

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static PrometheusMeterRegistry registry;
    private static String url;

    @BeforeAll
    static void open(Vertx vertx) throws Exception {
        registry = ManagementServer.registry();
        BridgeOptions options = BridgeOptions.of(OPTIONS);
        Bridge bridge = Bridge.open(vertx, options, registry).await(20, TimeUnit.SECONDS);
        NodeServer server = NodeServer.open(vertx, bridge, options.http()).await(20, TimeUnit.SECONDS);
        url = "http://127.0.0.1:" + server.port();
        assertThat(send("/stream/").statusCode()).isEqualTo(400);
        publish("measured.first", "x");
    }

    private static HttpResponse<String> send(String path) throws IOException, InterruptedException {
        return CLIENT.send(
                HttpRequest.newBuilder(URI.create(url + path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static void publish(String channel, String text) throws IOException, InterruptedException {
        HttpRequest publish = HttpRequest.newBuilder(URI.create(url + "/publish/" + channel))
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString(text))
                .build();
        assertThat(CLIENT.send(publish, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(201);
    }

    private static Exposition scraped() {
        return Exposition.of(registry.scrape());
    }

    @Test
    void everyMetricOfANode_isInTheTableWithItsLabels_andNoOther() throws IOException {
        Exposition node = scraped();
        Set<String> metrics = new TreeSet<>();
        node.types().keySet().stream()
                .filter(name -> name.startsWith(OURS))
                .forEach(name -> metrics.add(name + " " + String.join(", ", node.labelsOf(name))));
        assertThat(metrics)
                .hasSizeGreaterThan(40)
                .contains("sse_subscribers ", "sse_http_refused_total type", "sse_fanout_delay_seconds ");

        assertThat(MarkdownPage.of("src/docs/operations.md").rows("| Metric |"))
                .extracting(row -> unquoted(row.get(0)) + " " + unquoted(row.get(1)))
                .containsExactlyInAnyOrderElementsOf(metrics);
    }

    private static String unquoted(String cell) {
        return cell.replace("`", "").strip();
    }

    /** Micrometer does not keep the object of a gauge in memory. One gauge of ours became NaN after a collection. */
    @Test
    void afterAGarbageCollection_noMetricIsNaN() {
        System.gc();
        assertThat(scraped().samples())
                .filteredOn(sample -> sample.name().startsWith(OURS))
                .hasSizeGreaterThan(100)
                .allSatisfy(
                        sample -> assertThat(sample.value()).as("%s", sample).isNotNaN());
    }

    @Test
    void aStreamAndItsEvents_areCounted(Vertx vertx) throws Exception {
        Exposition before = scraped();
        HttpRequest subscribe =
                HttpRequest.newBuilder(URI.create(url + "/stream/counted")).build();
        HttpResponse<InputStream> stream = CLIENT.send(subscribe, HttpResponse.BodyHandlers.ofInputStream());
        BufferedReader lines = new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8));
        await(lines, "event: stream-open");
        publish("counted", "four");
        DeliveryOptions counted = new DeliveryOptions().addHeader("channel", "counted");
        var unused = vertx.eventBus().request("sse.publish", "seven77", counted).await(20, TimeUnit.SECONDS);
        await(lines, "data: seven77");
        var refused = vertx.eventBus()
                .request("sse.publish", "x", counted.addHeader("event", "stream-open"))
                .transform(answer -> io.vertx.core.Future.succeededFuture(answer.failed()))
                .await(20, TimeUnit.SECONDS);
        assertThat(refused).isTrue();
        stream.body().close();

        Eventually.holds(
                "the end of the stream is counted",
                PATIENCE,
                () -> more(before, "sse_subscribers_closed_total", "reason", "client") == 1);
        assertThat(more(before, "sse_subscribers_opened_total", "start", "live"))
                .isEqualTo(1);
        assertThat(more(before, "sse_events_published_total", "by", "request")).isEqualTo(1);
        assertThat(more(before, "sse_events_published_total", "by", "message")).isEqualTo(1);
        assertThat(more(before, "sse_events_refused_total", "reason", "bad-request"))
                .isEqualTo(1);
        assertThat(more(before, "sse_published_bytes_total")).isEqualTo(11);
        assertThat(more(before, "sse_events_appended_total")).isEqualTo(2);
        assertThat(more(before, "sse_appends_seconds_count")).isEqualTo(2);
        assertThat(more(before, "sse_fanout_delay_seconds_count")).isEqualTo(2);
        assertThat(scraped().sum("sse_shards_led", Map.of())).isEqualTo(64);
        Eventually.holds("two deliveries", PATIENCE, () -> more(before, "sse_events_delivered_total") == 2);
        assertThat(more(before, "sse_delivered_bytes_total")).isGreaterThan(100);
        Eventually.holds("a measured delay", PATIENCE, () -> more(before, "sse_loop_delay_seconds_count") > 0);
    }

    @Test
    void onlyTheChannelsOfARuleThatAsksForIt_haveMetricsOfTheirOwn() throws Exception {
        Exposition before = scraped();
        publish("unnamed", "x");
        HttpResponse<InputStream> stream = CLIENT.send(
                HttpRequest.newBuilder(URI.create(url + "/stream?channel=measured.a&channel=unnamed"))
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        BufferedReader lines = new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8));
        await(lines, "event: stream-open");
        assertThat(more(before, "sse_channel_subscribers", "channel", "measured.a"))
                .isEqualTo(1);
        publish("measured.a", "y");
        await(lines, "data: y");
        publish("measured.b", "z");
        stream.body().close();

        Eventually.holds(
                "the end of the stream",
                PATIENCE,
                () -> more(before, "sse_channel_subscribers", "channel", "measured.a") == 0);
        assertThat(more(before, "sse_channel_events_appended_total", "channel", "measured.a"))
                .isEqualTo(1);
        assertThat(more(before, "sse_channel_events_offered_total", "channel", "measured.a"))
                .isEqualTo(1);
        assertThat(more(before, "sse_channel_events_appended_total", "channel", "measured.b"))
                .isEqualTo(1);
        assertThat(scraped().samples())
                .filteredOn(sample -> sample.labels().containsKey("channel"))
                .extracting(sample -> sample.labels().get("channel"))
                .isSubsetOf("measured.first", "measured.a", "measured.b");
    }

    private static void await(BufferedReader lines, String line) throws IOException {
        String read = lines.readLine();
        while (!line.equals(read)) {
            assertThat(read).isNotNull();
            read = lines.readLine();
        }
    }

    private static double more(Exposition before, String sample, String... label) {
        Map<String, String> labels = label.length == 0 ? Map.of() : Map.of(label[0], label[1]);
        return scraped().sum(sample, labels) - before.sum(sample, labels);
    }

    @Test
    void theDashboardAndTheAlertRules_useOnlyMetricsAndLabelsOfANode() throws IOException {
        System.gc();
        Eventually.holds("a pause is counted", PATIENCE, () -> scraped().types().containsKey("jvm_gc_pause_seconds"));
        Exposition node = scraped();
        List<String> queries = new ArrayList<>(dashboard());
        List<String> alerts =
                alerts().stream().map(rule -> String.valueOf(rule.get("expr"))).toList();
        assertThat(queries).hasSizeGreaterThan(40);
        assertThat(alerts).hasSizeGreaterThan(15);
        queries.addAll(alerts);
        for (String query : queries) {
            check(node, query);
        }
    }

    private static void check(Exposition node, String query) {
        PromQl parsed = PromQl.of(query);
        assertThat(parsed.selections()).as(query).isNotEmpty();
        Set<String> labels = new TreeSet<>(OF_PROMETHEUS);
        for (PromQl.Selection selection : parsed.selections()) {
            if (selection.metric().equals("up")) {
                continue;
            }
            List<Exposition.Sample> samples = node.samples().stream()
                    .filter(sample -> sample.name().equals(selection.metric()))
                    .toList();
            assertThat(samples).as("%s in %s", selection.metric(), query).isNotEmpty();
            samples.forEach(sample -> labels.addAll(sample.labels().keySet()));
            for (PromQl.Condition condition : selection.conditions()) {
                assertThat(condition.label()).as(query).isIn(labels);
                assertThat(OF_PROMETHEUS.contains(condition.label())
                                || node.has(selection.metric(), condition.label(), condition.value()))
                        .as("%s=%s in %s", condition.label(), condition.value(), query)
                        .isTrue();
            }
        }
        assertThat(labels).as(query).containsAll(parsed.groupings());
    }

    private static List<String> dashboard() throws IOException {
        JsonObject all = new JsonObject(Files.readString(DASHBOARD));
        List<String> queries = new ArrayList<>();
        all.getJsonObject("templating").getJsonArray("list").stream()
                .map(JsonObject.class::cast)
                .filter(variable -> variable.getString("type").equals("query"))
                .forEach(variable -> queries.add(variable.getString("query")));
        all.getJsonArray("panels").stream()
                .map(JsonObject.class::cast)
                .flatMap(panel -> panel.getJsonArray("targets", new JsonArray()).stream())
                .map(JsonObject.class::cast)
                .forEach(target -> queries.add(target.getString("expr")));
        return queries;
    }

    private static List<Map<String, Object>> alerts() throws IOException {
        Map<String, List<Map<String, List<Map<String, Object>>>>> file =
                new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(ALERTS));
        return file.getOrDefault("groups", List.of()).stream()
                .flatMap(group -> group.getOrDefault("rules", List.of()).stream())
                .toList();
    }

    @Test
    void everyLimit_isInTheTableWithItsMetric_andNoOther() throws IOException {
        Set<String> exported =
                scraped().samples().stream().map(Exposition.Sample::name).collect(Collectors.toSet());
        List<List<String>> rows = MarkdownPage.of("src/docs/operations.md").rows("| Limit |");
        assertThat(rows)
                .extracting(row -> unquoted(row.get(0)))
                .containsExactlyInAnyOrderElementsOf(
                        LimitOptions.DEFAULT.toJson().fieldNames());
        assertThat(rows).allSatisfy(row -> {
            List<String> named = QUOTED.matcher(row.get(1))
                    .results()
                    .flatMap(query -> PromQl.of(query.group(1)).selections().stream())
                    .map(PromQl.Selection::metric)
                    .toList();
            assertThat(named).as("%s", row).isNotEmpty();
            assertThat(exported).as("%s", row).containsAll(named);
        });
    }

    @Test
    void everyAlert_isInTheTable_andNoOther() throws IOException {
        assertThat(MarkdownPage.of("src/docs/operations.md").rows("| Alert |"))
                .extracting(row -> unquoted(row.get(0)))
                .containsExactlyElementsOf(alerts().stream()
                        .map(rule -> String.valueOf(rule.get("alert")))
                        .toList());
    }

    @Test
    void aQueryWithAWrongNameOrLabel_isNoticed() {
        Exposition node = scraped();
        for (String wrong : List.of(
                "sse_subscriber",
                "sum by (channel) (sse_subscribers)",
                "rate(sse_resets_total{reason=\"none\"}[5m])")) {
            assertThat(Arrays.asList(wrong))
                    .anySatisfy(query -> assertThat(isFine(node, query)).isFalse());
        }
        assertThat(isFine(node, "sum by (reason) (rate(sse_resets_total{reason=\"lost\"}[5m])) > 0"))
                .isTrue();
    }

    private static boolean isFine(Exposition node, String query) {
        try {
            check(node, query);
            return true;
        } catch (AssertionError e) {
            return false;
        }
    }
}
