package io.ssebridge.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Locator.FilterOptions;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.ScreenshotOptions;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Route.FulfillOptions;
import com.microsoft.playwright.assertions.LocatorAssertions.ContainsTextOptions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Visitors on the nodes of one cluster in demo mode. */
@Timeout(300)
@TestInstance(Lifecycle.PER_CLASS)
class DemoPageIT {
    private static final NewContextOptions READER = new NewContextOptions();
    private static final Path TARGET = Path.of("target", "screenshots");
    private static final List<String> SCENES =
            List.of("Timeline", "Cricket", "Job", "Agent run", "Chat", "Clock", "Personal", "Debugger");
    private static final int LARGEST_PAGE = 200_000;
    private static final double PATIENCE_MILLIS = 20_000;
    private static final ContainsTextOptions SOON = new ContainsTextOptions().setTimeout(PATIENCE_MILLIS);

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<DemoPage> pages = new ArrayList<>();
    private List<TestNode> nodes = List.of();
    private Browser browser;

    @BeforeAll
    void openNodesAndABrowser() {
        Chromium.require();
        TestCluster cluster = new TestCluster();
        opened.add(cluster);
        // The third is the one that a test kills.
        nodes = cluster.start(3, NodeSetup.DEMO);
        Playwright playwright = Playwright.create();
        opened.add(playwright);
        browser = Chromium.launch(playwright);
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
    }

    @AfterAll
    void close() throws Exception {
        for (AutoCloseable resource : opened) {
            resource.close();
        }
    }

    @AfterEach
    void noPageHasComplained() {
        List<String> complaints = new ArrayList<>();
        for (DemoPage page : pages) {
            complaints.addAll(page.complaints());
            page.close();
        }
        pages.clear();
        assertThat(complaints).isEmpty();
    }

    @Test
    void aPageThatIsCutFloodedAndLosesItsNode_missesNothing_andAnAnswerGoesOnExactlyThere() {
        DemoPage page = open(2, READER);
        // The connection that dies with its node.
        page.expectComplaint("ERR_");
        Locator run = page.scene("Agent run");
        page.button("Ask").click();
        assertThat(run.locator(".word").first()).isVisible();

        page.button("Kill this node").click();
        assertThat(page.note()).containsText("Back on node", SOON);
        assertThat(page.state()).not().containsText(":" + nodes.get(2).uri("/").getPort());
        page.assertWhole();

        page.button("Flood 1,000 events while I am cut").click();
        // On a slow machine some of them come after the return.
        assertThat(page.entries("1,000 of 1,000 events, each once, in order")).hasCount(1);
        assertThat(page.note()).containsText("lost none", SOON);

        page.button("Cut my connection for 5 s").click();
        assertThat(page.note()).containsText("Caught up", SOON);
        assertThat(page.note()).containsText("lost none");
        assertThat(run).containsText("each once, in order", SOON);
        page.scene("Timeline");
        assertThat(page.entries("1,000 of 1,000 events, each once, in order")).hasCount(1);
        assertThat(page.entries("Back on node")).hasCount(3);
        page.assertWhole();
    }

    @Test
    void everyScene_shows() {
        DemoPage page = open(0, READER);
        assertThat(page.bytes()).as("bytes of the page").isLessThan(LARGEST_PAGE);

        page.scene("Job");
        page.button("Start a job").click();
        Locator cricket = page.scene("Cricket");
        page.button("Start a match").click();
        assertThat(cricket.locator(".ball")).not().hasCount(0);
        Locator chat = page.scene("Chat");
        chat.getByLabel("Message").fill("I am the queen");
        chat.getByText("pose as").click();
        chat.getByLabel("Message").press("Enter");
        assertThat(chat.locator(".entry").first()).containsText("I am the queen");
        assertThat(chat.locator(".entry strong")).not().containsText(new String[] {"the-queen"});
        assertThat(chat.locator(".members .avatar")).hasCount(1);
        Locator clock = page.scene("Clock");
        assertThat(clock.locator(".face")).not().containsText("–");
        Locator personal = page.scene("Personal");
        assertThat(personal.getByText("listens at")).hasCount(3);
        page.button("Send").click();
        assertThat(personal.locator(".reader").first()).containsText("Disk almost full ");
        assertThat(personal.locator(".reader .entry")).hasCount(1);
        Locator debugger = page.scene("Debugger");
        page.button("Open the stream").click();
        assertThat(debugger.getByLabel("Raw lines of the stream")).containsText("event: stream-open");
        assertThat(page.scene("Job")).containsText("12,840 rows", SOON);
        page.assertWhole();
    }

    @Test
    void theTextOfOnePage_movesInOnThePageOfAnotherNode() {
        DemoPage alice = open(0, READER);
        DemoPage bob = open(1, READER);
        assertThat(alice.state().textContent())
                .as("node")
                .isNotEqualTo(bob.state().textContent());

        alice.say("Hello, other node");

        assertThat(bob.entries("Hello, other node")).hasAttribute("data-arrival", "moved in");
        assertThat(alice.entries("Hello, other node")).hasAttribute("data-delivery", "sent");
        assertThat(alice.entries("Hello, other node")).hasCount(1);
        bob.entries("Hello, other node").getByRole(AriaRole.BUTTON).click();
        assertThat(alice.entries("Hello, other node")).containsText("1");
    }

    @Test
    void aUserThatPrefersReducedMotion_getsEventsAtOnce() {
        DemoPage calm = open(1, new NewContextOptions().setReducedMotion(ReducedMotion.REDUCE));

        nodes.get(0).post("/publish/sse", "{\"data\": \"Quietly\"}");

        assertThat(calm.entries("Quietly")).hasCount(1);
        assertThat(calm.entries("Quietly")).not().hasAttribute("data-arrival", "moved in");
    }

    @Test
    void theKeyboardAlone_isEnough() {
        DemoPage alice = open(0, READER);
        DemoPage bob = open(1, READER);

        // The skip link, then the tabs of the scenes, then the panel.
        alice.page().keyboard().press("Tab");
        alice.page().keyboard().press("Enter");
        alice.page().keyboard().press("Tab");
        alice.page().keyboard().press("End");
        assertThat(alice.page().locator("#tab-debugger")).isFocused();
        alice.page().keyboard().press("Home");
        assertThat(alice.page().locator("#tab-timeline")).isFocused();
        alice.page().keyboard().press("Tab");
        alice.page().keyboard().press("Tab");
        assertThat(alice.text()).isFocused();
        alice.page().keyboard().type("No mouse");
        alice.page().keyboard().press("Enter");

        assertThat(bob.entries("No mouse")).hasCount(1);
    }

    @Test
    void aRefusedEntry_saysWhy_andCanBeSentAgain() {
        DemoPage alice = open(0, READER);
        DemoPage bob = open(1, READER);
        alice.expectComplaint("status of 403");
        alice.page()
                .route(
                        "**/publish/**",
                        route -> route.fulfill(
                                new FulfillOptions()
                                        .setStatus(403)
                                        .setContentType("application/problem+json")
                                        .setBody(
                                                "{\"type\": \"urn:sse-bridge:forbidden\", \"title\": \"No\", \"detail\": \"Not today.\"}")));
        alice.say("Refused first");
        Locator entry = alice.entries("Refused first");
        assertThat(entry).containsText("Not today.");

        alice.page().unroute("**/publish/**");
        entry.getByText("Try again").click();

        assertThat(entry).hasAttribute("data-delivery", "sent");
        assertThat(bob.entries("Refused first")).hasCount(1);
    }

    @Test
    void aPageThatIsPutAway_getsItsMissedEvents_whenItComesBack() {
        DemoPage reader = open(1, READER);

        reader.putAway();
        nodes.get(1).post("/publish/sse", "{\"data\": \"While away\"}");
        reader.takeOut();
        nodes.get(1).post("/publish/sse", "{\"data\": \"Back again\"}");

        assertThat(reader.entries("Back again")).hasCount(1);
        assertThat(reader.entries("While away")).hasCount(1);
    }

    // A proxy answers so while a node restarts.
    @Test
    void aPageWithAStreamThatIsRefusedForAWhile_saysWhy_andMissesNothing() {
        DemoPage reader = open(1, READER);
        reader.expectComplaint("status of 502");
        reader.page().route("**/stream?**", route -> route.fulfill(new FulfillOptions().setStatus(502)));
        reader.putAway();
        reader.page().evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))");
        assertThat(reader.page().getByRole(AriaRole.ALERT)).containsText("502");
        nodes.get(0).post("/publish/sse", "{\"data\": \"While refused\"}");
        reader.page().unroute("**/stream?**");

        reader.button("Try now").click();

        reader.awaitLive();
        assertThat(reader.entries("While refused")).hasCount(1);
        reader.assertWhole();
    }

    @Test
    void aPageThatStaysAwayTooLong_isTold() {
        DemoPage page = open(1, READER);

        page.button("Stay away too long").click();

        assertThat(page.entries("195 events are older than what is kept")).hasCount(1);
        assertThat(page.entries("50 of 245 events, from number 196 on, each once, in order"))
                .hasCount(1);
        assertThat(page.page().locator("#expired")).hasText("195");
        page.assertWhole();
    }

    // A browser opens six connections to one host over HTTP/1.1: the seventh tab would not even load.
    @Test
    void eightTabs_getEveryEvent() {
        DemoPage first = open(0, READER);
        List<Page> tabs = new ArrayList<>(List.of(first.page()));
        for (int i = 1; i < 8; i++) {
            Page tab = first.page().context().newPage();
            tab.navigate(nodes.get(0).uri("/").toString());
            assertThat(tab.locator("body")).hasAttribute("data-link", "live");
            tabs.add(tab);
        }

        nodes.get(1).post("/publish/sse", "{\"data\": \"To all tabs\"}");

        for (Page tab : tabs) {
            assertThat(tab.locator("#entries > li").filter(new FilterOptions().setHasText("To all tabs")))
                    .hasCount(1);
        }
    }

    @Test
    void dataIsNeverMarkup_andBrokenJsonIsShownAsText() {
        DemoPage reader = open(1, READER);

        nodes.get(0).post("/publish/sse", "{\"event\": \"activity\", \"data\": \"{oops <b>bold</b>\"}");

        assertThat(reader.entries("{oops <b>bold</b>")).hasCount(1);
    }

    @Test
    void theDocumentation_isThere() {
        DemoPage page = open(0, READER);

        page.page().navigate(nodes.get(0).uri("/docs.html#http-api").toString());

        assertThat(page.page().locator("h1")).hasText("HTTP API");
    }

    @ParameterizedTest
    @CsvSource({"1280, 860, LIGHT", "1280, 860, DARK", "390, 844, LIGHT", "390, 844, DARK"})
    void screenshots(int width, int height, ColorScheme scheme) {
        DemoPage page = open(
                0,
                new NewContextOptions()
                        .setViewportSize(width, height)
                        .setColorScheme(scheme)
                        // What moves in is half transparent at first.
                        .setReducedMotion(ReducedMotion.REDUCE));
        page.say("Hello from every page");
        assertThat(page.entries("Hello from every page").first()).hasAttribute("data-delivery", "sent");
        // Nothing is wider than the window.
        assertThat(page.page().evaluate("document.documentElement.scrollWidth")).isEqualTo(width);
        for (boolean whole : List.of(false, true)) {
            String name = "%d-%s%s.png".formatted(width, scheme.name().toLowerCase(Locale.ROOT), whole ? "-whole" : "");
            page.page()
                    .screenshot(new ScreenshotOptions()
                            .setPath(TARGET.resolve(name))
                            .setFullPage(whole));
        }

        for (String title : SCENES) {
            Locator unused = page.scene(title);
            assertThat(page.barriers()).as("scene %s", title).isEmpty();
        }
    }

    private DemoPage open(int node, NewContextOptions options) {
        DemoPage page = DemoPage.open(browser, nodes.get(node).uri("/"), options);
        pages.add(page);
        return page;
    }
}
