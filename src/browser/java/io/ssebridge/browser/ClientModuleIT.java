package io.ssebridge.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Route.FulfillOptions;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestNode;
import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client module in real tabs of one browser, over HTTP/1.1. */
@Timeout(300)
@TestInstance(Lifecycle.PER_CLASS)
class ClientModuleIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    // As many connections as a browser opens to one server over HTTP/1.1, twice.
    private static final int TABS = 12;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private TestNode node;
    private Browser browser;
    private BrowserContext context;
    private int channels;

    @BeforeAll
    void openANodeAndABrowser(@TempDir Path webroot) {
        Chromium.require();
        ModulePage.write(webroot);
        HookPage.write(webroot);
        node = TestNode.standalone(NodeSetup.of("""
                http: {host: 127.0.0.1, webroot: "%s"}
                auth: {jwt: {secret: "%s"}}
                stream: {heartbeat: 300ms, retry: 200ms, warnBeforeExpiry: 3s}
                channels:
                  - {channel: "public.{name}", subscribe: public, publish: public}
                  - {channel: "team.{name}", publish: public, presence: members}
                """.formatted(webroot, NodeSetup.SECRET)));
        opened.add(node);
        Playwright playwright = Playwright.create();
        opened.add(playwright);
        browser = Chromium.launchWithPageCache(playwright);
    }

    @AfterAll
    void close() throws Exception {
        for (AutoCloseable resource : opened) {
            resource.close();
        }
    }

    @BeforeEach
    void openAProfile() {
        context = browser.newContext();
    }

    @AfterEach
    void closeTheProfile() {
        context.close();
    }

    private String unused() {
        channels++;
        return "public." + channels;
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

    // A stream that was closed is counted until the node has noticed.
    private void awaitSubscribers(String channel, int count) {
        Eventually.holds(count + " streams of " + channel, PATIENCE, () -> subscribers(channel) == count);
    }

    private static List<Integer> numbers(int from, int to) {
        return IntStream.rangeClosed(from, to).boxed().toList();
    }

    private static void assertHas(ModulePage tab, int from, int to) {
        tab.until("probe.data.at(-1) === " + to);
        assertThat(tab.data()).isEqualTo(numbers(from, to));
    }

    @Test
    void twelveTabs_shareOneConnection_andSurviveTheClosingOfTheLeadingTab() {
        String channel = unused();
        String options = "{channels: ['%s'], shared: true}".formatted(channel);
        List<ModulePage> tabs = new ArrayList<>();
        for (int i = 0; i < TABS; i++) {
            tabs.add(ModulePage.open(context, node, options));
        }
        tabs.forEach(tab -> tab.untilState("live"));
        awaitSubscribers(channel, 1);

        publish(channel, 1, 20);
        for (int round = 0; round < 2; round++) {
            ModulePage leader = tabs.stream()
                    .filter(tab -> Boolean.TRUE.equals(tab.evaluate("probe.bridge.state.leader")))
                    .findFirst()
                    .orElseThrow();
            tabs.remove(leader);
            // The first by a link to another page, the second as a tab that is closed.
            if (round == 0) {
                leader.page().navigate(node.uri("/elsewhere.html").toString());
            } else {
                leader.page().close();
            }
            publish(channel, 21 + 20 * round, 40 + 20 * round);
        }

        for (ModulePage tab : tabs) {
            assertHas(tab, 1, 60);
            assertThat(tab.complaints()).isEmpty();
        }
        awaitSubscribers(channel, 1);
    }

    // Chromium freezes no page that holds a lock, so the test sends the events. Other browsers may.
    @Test
    void aLeadingTabThatIsFrozen_handsOver_andCatchesUpWhenItIsThawed() {
        String channel = unused();
        String options = "{channels: ['%s'], shared: true}".formatted(channel);
        ModulePage leader = ModulePage.open(context, node, options);
        leader.untilState("live");
        ModulePage other = ModulePage.open(context, node, options);
        other.untilState("live");
        publish(channel, 1, 3);
        assertHas(leader, 1, 3);

        leader.evaluate("document.dispatchEvent(new Event('freeze'))");
        other.until("probe.bridge.state.leader && probe.bridge.state.state === 'live'");
        publish(channel, 4, 6);
        assertHas(other, 1, 6);
        leader.evaluate("document.dispatchEvent(new Event('resume'))");

        assertHas(leader, 1, 6);
        leader.until("probe.bridge.state.leader === false");
        awaitSubscribers(channel, 1);
    }

    @Test
    void aPageFromTheBackForwardCache_missesNothing() {
        String channel = unused();
        ModulePage tab = ModulePage.open(context, node, "{channels: ['%s'], shared: true}".formatted(channel));
        tab.untilState("live");
        publish(channel, 1, 2);
        assertHas(tab, 1, 2);

        tab.page().evaluate("location.href = 'elsewhere.html'");
        tab.page().waitForURL("**/elsewhere.html");
        Eventually.holds("no stream of a page that is away", PATIENCE, () -> subscribers(channel) == 0);
        publish(channel, 3, 5);
        tab.page().evaluate("history.back()");
        tab.until("globalThis.probe?.pageShows.at(-1) === true");

        assertHas(tab, 1, 5);
    }

    @Test
    void aReloadedPage_goesOnAfterItsLastEvent() {
        String channel = unused();
        String options = "{channels: ['%s'], resume: 'session'}".formatted(channel);
        ModulePage tab = ModulePage.open(context, node, options);
        tab.untilState("live");
        publish(channel, 1, 2);
        assertHas(tab, 1, 2);
        tab.page().navigate(node.uri("/elsewhere.html").toString());
        publish(channel, 3, 5);
        tab.page().navigate(node.uri("/").toString());
        tab.openBridge(options);

        assertHas(tab, 3, 5);
        tab.until("probe.caughtUp.length > 0 && probe.caughtUp[0].events === 3");
    }

    @Test
    void a502OfAGateway_isWaitedOut() {
        String channel = unused();
        ModulePage tab = ModulePage.open(context, node, "{channels: ['%s']}".formatted(channel));
        tab.untilState("live");
        publish(channel, 1, 1);
        assertHas(tab, 1, 1);
        tab.page().route("**/stream?**", route -> route.fulfill(new FulfillOptions().setStatus(502)));
        tab.evaluate("probe.bridge.reconnect()");
        tab.until("probe.states.some(({problem}) => problem?.status === 502)");
        publish(channel, 2, 3);
        tab.page().unroute("**/stream?**");

        assertHas(tab, 1, 3);
    }

    @Test
    void aPageThatIsOffline_comesBackAtOnce() {
        String channel = unused();
        ModulePage tab = ModulePage.open(context, node, "{channels: ['%s']}".formatted(channel));
        tab.untilState("live");
        context.setOffline(true);
        tab.evaluate("probe.bridge.reconnect()");
        // The waiting time has grown, so that only the hint of the browser can be so quick.
        tab.until("probe.bridge.state.retryAt - Date.now() > 3000");
        publish(channel, 1, 3);
        Object retryAt = tab.evaluate("probe.bridge.state.retryAt");
        context.setOffline(false);

        assertHas(tab, 1, 3);
        assertThat(tab.evaluate("Date.now() < " + retryAt)).isEqualTo(true);
    }

    @Test
    void aLinkThatSwallowsEverything_isNoticed() {
        String channel = unused();
        ModulePage tab = ModulePage.open(context, node, "{channels: ['%s']}".formatted(channel));
        tab.untilState("live");
        publish(channel, 1, 1);
        assertHas(tab, 1, 1);

        node.freeze();
        try {
            tab.until("probe.states.some(({state}) => state === 'stale')");
        } finally {
            node.thaw();
        }
        publish(channel, 2, 3);

        assertHas(tab, 1, 3);
    }

    @Test
    void aTokenInTheCookie_isRenewedInPlace() {
        String first = token(5);
        String second = token(3_600);
        ModulePage tab = ModulePage.open(
                context,
                node,
                "{channels: ['team.a'], carrier: 'cookie', token: (() => { const tokens = ['%s', '%s']; return () => tokens.shift(); })()}"
                        .formatted(first, second));
        tab.untilState("live");
        Object subscriber = tab.evaluate("probe.bridge.state.subscriber");
        // On a slow machine the token is renewed already.
        assertThat(context.cookies())
                .singleElement()
                .matches(cookie -> List.of(first, second).contains(cookie.value));
        tab.until("probe.bridge.state.expires > Date.now() + 60000");

        assertThat(tab.evaluate("probe.bridge.state.subscriber")).isEqualTo(subscriber);
        Eventually.holds(
                "the new cookie",
                PATIENCE,
                () -> context.cookies().stream().anyMatch(cookie -> cookie.value.equals(second)));
        assertThat(tab.complaints()).isEmpty();
    }

    private static String token(int seconds) {
        return Tokens.sign(new JsonObject()
                .put("sub", "alice")
                .put("exp", Instant.now().getEpochSecond() + seconds)
                .put("channels", new JsonObject().put("subscribe", List.of("team.*"))));
    }

    @Test
    void aTabThatCrashes_leavesTheSharedStream() {
        String kept = unused();
        String lost = unused();
        ModulePage tab = ModulePage.open(context, node, "{channels: ['%s'], shared: true}".formatted(kept));
        tab.untilState("live");
        Page other = ModulePage.open(context, node, "{channels: ['%s'], shared: true}".formatted(lost))
                .page();
        Eventually.holds("the union", PATIENCE, () -> subscribers(lost) == 1);
        // Runs no handler of the page.
        other.close();

        Eventually.holds("without the channel of the tab", PATIENCE, () -> subscribers(lost) == 0);
        publish(kept, 1, 1);
        assertHas(tab, 1, 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"react", "vue"})
    void theHookOfAFramework_showsTheEventsOfItsChannel_sharesTheConnection_andLeavesNothingOpen(String framework) {
        String channel = unused();
        String next = unused();
        publish(channel, 1, 2);
        publish(next, 7, 7);
        HookPage tab = HookPage.open(context, node, framework);
        HookPage other = HookPage.open(context, node, framework);

        tab.show(channel);
        other.show(channel);
        tab.await("live: 1,2");
        other.await("live: 1,2");
        publish(channel, 3, 3);
        tab.await("live: 1,2,3");
        other.await("live: 1,2,3");
        awaitSubscribers(channel, 1);

        tab.show(next);
        tab.await("live: 7");
        publish(channel, 4, 4);
        other.await("live: 1,2,3,4");
        tab.hide();
        other.hide();

        Eventually.holds("no stream", PATIENCE, () -> subscribers(channel) + subscribers(next) == 0);
        assertThat(tab.complaints()).isEmpty();
        assertThat(other.complaints()).isEmpty();
    }
}
