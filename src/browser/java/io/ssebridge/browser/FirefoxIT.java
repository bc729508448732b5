package io.ssebridge.browser;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestNode;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client module and the demo page in Firefox; skipped where there is none. */
@Timeout(180)
@TestInstance(Lifecycle.PER_CLASS)
class FirefoxIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private TestNode node;
    private TestNode demo;
    private Firefox firefox;

    @BeforeAll
    void start(@TempDir Path webroot, @TempDir Path profile) {
        Firefox.require();
        ModulePage.write(webroot);
        node = TestNode.standalone(NodeSetup.of("""
                http: {host: 127.0.0.1, webroot: "%s"}
                auth: {jwt: {secret: "%s"}}
                stream: {heartbeat: 300ms, retry: 200ms}
                channels:
                  - {channel: "public.{name}", subscribe: public, publish: public}
                """.formatted(webroot, NodeSetup.SECRET)));
        demo = TestNode.standalone(NodeSetup.DEMO);
        firefox = new Firefox(profile);
    }

    @AfterAll
    void close() {
        if (firefox != null) {
            firefox.close();
            demo.close();
            node.close();
        }
    }

    private Firefox.Tab open(String options) {
        Firefox.Tab tab = firefox.open(node.uri("/"));
        until(tab, "globalThis.isReady === true");
        var unused = tab.evaluate("open(" + options + ")");
        until(tab, "probe.bridge.state.state === 'live'");
        return tab;
    }

    private static void until(Firefox.Tab tab, String expression) {
        Eventually.holds(expression, PATIENCE, () -> Boolean.TRUE.equals(tab.evaluate("Boolean(" + expression + ")")));
    }

    private static void assertHas(Firefox.Tab tab, int from, int to) {
        until(tab, "probe.data.at(-1) === " + to);
        assertThat(tab.evaluate("probe.data.join()"))
                .isEqualTo(IntStream.rangeClosed(from, to)
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining(",")));
    }

    private void publish(String channel, int from, int to) {
        for (int i = from; i <= to; i++) {
            assertThat(node.post("/publish/" + channel, "{\"data\": " + i + "}").statusCode())
                    .isEqualTo(201);
        }
    }

    private int subscribers(String channel) {
        return new JsonObject(node.get("/presence/" + channel).body()).getInteger("subscribers");
    }

    @Test
    void tabsShareOneConnection_andSurviveTheClosingOfTheLeadingTab() {
        String options = "{channels: ['public.shared'], shared: true}";
        Firefox.Tab leader = open(options);
        Firefox.Tab other = open(options);
        publish("public.shared", 1, 3);
        assertHas(leader, 1, 3);
        assertHas(other, 1, 3);
        Eventually.holds("one stream", PATIENCE, () -> subscribers("public.shared") == 1);

        leader.close();
        publish("public.shared", 4, 6);

        assertHas(other, 1, 6);
        Eventually.holds("one stream", PATIENCE, () -> subscribers("public.shared") == 1);
        other.close();
    }

    @Test
    void aReloadedPage_goesOnAfterItsLastEvent() {
        String options = "{channels: ['public.reloaded'], resume: 'session'}";
        Firefox.Tab tab = open(options);
        publish("public.reloaded", 1, 2);
        assertHas(tab, 1, 2);
        tab.navigate(node.uri("/elsewhere.html"));
        publish("public.reloaded", 3, 5);
        tab.navigate(node.uri("/"));
        until(tab, "globalThis.isReady === true");
        var unused = tab.evaluate("open(" + options + ")");

        assertHas(tab, 3, 5);
        tab.close();
    }

    @Test
    void aLinkThatSwallowsEverything_isNoticed() {
        Firefox.Tab tab = open("{channels: ['public.swallowed']}");
        publish("public.swallowed", 1, 1);
        assertHas(tab, 1, 1);
        node.freeze();
        try {
            until(tab, "probe.states.some(({state}) => state === 'stale')");
        } finally {
            node.thaw();
        }
        publish("public.swallowed", 2, 3);

        assertHas(tab, 1, 3);
        tab.close();
    }

    @Test
    void theDemoPage_missesNothing_whenItIsCutAndFlooded() {
        Firefox.Tab page = firefox.open(demo.uri("/"));
        until(page, "document.body.dataset.link === 'live'");
        var unused = page.evaluate("document.querySelector('#flood').click()");
        until(
                page,
                "document.querySelector('#entries').textContent.includes('1,000 of 1,000 events, each once, in order')");

        until(page, "document.querySelector('#missing').textContent === '0'");
        until(page, "document.querySelector('#duplicate').textContent === '0'");
        assertThat(page.complaints()).isEmpty();
        page.close();
    }
}
