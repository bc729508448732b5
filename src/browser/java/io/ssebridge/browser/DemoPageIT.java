package io.ssebridge.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Locator.FilterOptions;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.EmulateMediaOptions;
import com.microsoft.playwright.Page.ScreenshotOptions;
import com.microsoft.playwright.Route.FulfillOptions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import io.ssebridge.testing.TestNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** Visitors on the two nodes of a cluster in demo mode: Alice on the first, Bob on the second, each in a browser profile. */
@Timeout(300)
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
class DemoPageIT {
    private static final NewContextOptions READER = new NewContextOptions();
    private static final Path TARGET = Path.of("target", "screenshots");
    private static final List<String> SCENES =
            List.of("Timeline", "Cricket", "Job", "Agent run", "Chat", "Clock", "Personal", "Debugger");
    private static final int LARGEST_PAGE = 200_000;
    private static final int PHONE = 390;
    // A browser opens six connections to one host over HTTP/1.1: the next tab would not even load.
    private static final int TABS = 7;

    private final List<DemoPage> others = new ArrayList<>();
    private DemoVisit visit;
    private List<TestNode> nodes = List.of();
    // All tests use these two, but for what needs a new page: opening a page costs more than most tests.
    private DemoPage alice;
    private DemoPage bob;

    @BeforeAll
    void openNodesAndPages() {
        visit = new DemoVisit(2);
        nodes = visit.nodes();
        alice = visit.open(0, READER);
        bob = visit.open(1, READER);
    }

    @AfterAll
    void close() {
        visit.close();
    }

    @BeforeEach
    void startAtTheTimeline() {
        for (DemoPage page : List.of(alice, bob)) {
            Locator unused = page.scene("Timeline");
        }
    }

    @AfterEach
    void noPageHasComplained() {
        List<String> complaints = new ArrayList<>(alice.takeComplaints());
        complaints.addAll(bob.takeComplaints());
        for (DemoPage page : others) {
            complaints.addAll(page.complaints());
            page.close();
        }
        others.clear();
        assertThat(complaints).isEmpty();
    }

    private DemoPage open(int node, NewContextOptions options) {
        DemoPage page = visit.open(node, options);
        others.add(page);
        return page;
    }

    @Test
    void thePage_isSmall() {
        assertThat(alice.bytes()).as("bytes of the page").isLessThan(LARGEST_PAGE);
    }

    // On two nodes, in two profiles. The job and the answer go on while the other scenes are shown.
    @Test
    void theActionsOfAVisitor_areSeenByAnotherOnTheOtherNode_inEveryScene() {
        assertThat(alice.state()).containsText(":" + nodes.get(0).uri("/").getPort());
        assertThat(bob.state()).containsText(":" + nodes.get(1).uri("/").getPort());

        alice.say("Hello, other node");
        assertThat(bob.entries("Hello, other node")).hasAttribute("data-arrival", "moved in");
        assertThat(alice.entries("Hello, other node")).hasAttribute("data-delivery", "sent");
        assertThat(alice.entries("Hello, other node")).hasCount(1);
        bob.entries("Hello, other node").getByRole(AriaRole.BUTTON).click();
        assertThat(alice.entries("Hello, other node").locator(".like")).hasText("1");

        alice.scene("Job");
        alice.button("Start a job").click();
        bob.follow(alice, "#job=");
        assertThat(bob.scene()).containsText("Connected to the warehouse");
        Locator asked = alice.scene("Agent run");
        asked.getByLabel("Question").fill("Who reads this?");
        alice.button("Ask").click();
        bob.follow(alice, "#run=");
        assertThat(bob.scene()).containsText("Who reads this?");
        assertThat(bob.scene().locator(".answer")).containsText("Each word of this answer is");

        bob.scene("Cricket");
        alice.scene("Cricket");
        alice.button("Start a match").click();
        assertThat(bob.scene().locator(".ball")).not().hasCount(0);
        assertThat(bob.scene().locator(".score")).containsText("/");

        bob.scene("Chat");
        Locator chat = alice.scene("Chat");
        chat.getByLabel("Message").fill("I am the queen");
        chat.getByText("pose as").click();
        chat.getByLabel("Message").press("Enter");
        Locator line = containing(bob.scene().locator(".entry"), "I am the queen");
        assertThat(line.locator("strong")).hasText(alice.name());
        for (DemoPage page : List.of(alice, bob)) {
            assertThat(containing(page.scene().locator(".members li"), alice.name()))
                    .hasCount(1);
            assertThat(containing(page.scene().locator(".members li"), bob.name()))
                    .hasCount(1);
        }

        bob.scene("Clock");
        assertThat(bob.scene().locator(".face")).hasText(Pattern.compile("\\d\\d:\\d\\d:\\d\\d"));
        alice.scene("Clock").getByText("Tokyo").click();
        assertThat(bob.scene()).containsText("Asia/Tokyo");

        bob.scene("Personal");
        assertThat(bob.scene().getByText("listens at")).hasCount(3);
        alice.scene("Personal");
        alice.button("Send").click();
        assertThat(bob.scene().locator(".reader").first()).containsText("Disk almost full");
        assertThat(bob.scene().locator(".reader .entry")).hasCount(1);

        bob.scene("Debugger");
        bob.button("Open the stream").click();
        assertThat(bob.scene().getByLabel("Raw lines of the stream")).containsText("event: stream-open");
        alice.scene("Debugger");
        alice.button("Publish").click();
        assertThat(bob.scene().getByLabel("Raw lines of the stream")).containsText("Hello from the debugger");
        // Nobody looks at it any more.
        assertThat(bob.scene("Clock")).not().containsText("Asia/Tokyo");

        for (DemoPage page : List.of(alice, bob)) {
            assertThat(page.scene("Job")).containsText("12,840 rows");
            page.assertWhole();
            page.scene("Timeline");
        }
    }

    private static Locator containing(Locator list, String words) {
        return list.filter(new FilterOptions().setHasText(words));
    }

    @Test
    void aUserThatPrefersReducedMotion_getsEventsAtOnce() {
        bob.page().emulateMedia(new EmulateMediaOptions().setReducedMotion(ReducedMotion.REDUCE));
        try {
            nodes.get(0).post("/publish/sse", "{\"data\": \"Quietly\"}");

            assertThat(bob.entries("Quietly")).hasCount(1);
            assertThat(bob.entries("Quietly")).not().hasAttribute("data-arrival", "moved in");
        } finally {
            bob.page().emulateMedia(new EmulateMediaOptions().setReducedMotion(ReducedMotion.NO_PREFERENCE));
        }
    }

    @Test
    void theKeyboardAlone_isEnough() {
        DemoPage page = open(0, READER);

        // The skip link, then the tabs of the scenes, then the panel.
        page.page().keyboard().press("Tab");
        page.page().keyboard().press("Enter");
        page.page().keyboard().press("Tab");
        page.page().keyboard().press("End");
        assertThat(page.page().locator("#tab-debugger")).isFocused();
        page.page().keyboard().press("Home");
        assertThat(page.page().locator("#tab-timeline")).isFocused();
        page.page().keyboard().press("Tab");
        page.page().keyboard().press("Tab");
        assertThat(page.text()).isFocused();
        page.page().keyboard().type("No mouse");
        page.page().keyboard().press("Enter");

        assertThat(bob.entries("No mouse")).hasCount(1);
    }

    @Test
    void aRefusedEntry_saysWhy_andCanBeSentAgain() {
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
        bob.putAway();
        nodes.get(1).post("/publish/sse", "{\"data\": \"While away\"}");
        bob.takeOut();
        nodes.get(1).post("/publish/sse", "{\"data\": \"Back again\"}");

        assertThat(bob.entries("Back again")).hasCount(1);
        assertThat(bob.entries("While away")).hasCount(1);
    }

    @Test
    void sevenTabs_getEveryEvent() {
        List<Page> tabs = new ArrayList<>();
        for (int i = 1; i < TABS; i++) {
            Page tab = alice.page().context().newPage();
            tabs.add(tab);
            tab.navigate(nodes.get(0).uri("/").toString());
            assertThat(tab.locator("body")).hasAttribute("data-link", "live");
        }

        nodes.get(1).post("/publish/sse", "{\"data\": \"To all tabs\"}");

        assertThat(alice.entries("To all tabs")).hasCount(1);
        for (Page tab : tabs) {
            assertThat(containing(tab.locator("#entries > li"), "To all tabs")).hasCount(1);
        }
        tabs.forEach(Page::close);
    }

    @Test
    void dataIsNeverMarkup_andBrokenJsonIsShownAsText() {
        nodes.get(0).post("/publish/sse", "{\"event\": \"activity\", \"data\": \"{oops <b>bold</b>\"}");

        assertThat(bob.entries("{oops <b>bold</b>")).hasCount(1);
    }

    @Test
    void theDocumentation_isThere() {
        Page page = alice.page().context().newPage();

        page.navigate(nodes.get(0).uri("/docs.html#http-api").toString());

        assertThat(page.locator("h1")).hasText("HTTP API");
        page.close();
    }

    // What moves in is half transparent at first, and axe-core would take its contrast.
    @Test
    void everyScene_fitsTheWindow_andHasNoBarriers_onAPhoneAndOnADesktop_lightAndDark() {
        DemoPage page = open(0, new NewContextOptions().setReducedMotion(ReducedMotion.REDUCE));
        page.say("Hello from every page");
        assertThat(page.entries("Hello from every page").first()).hasAttribute("data-delivery", "sent");
        for (String title : SCENES) {
            page.scene(title);
            for (int width : List.of(1280, PHONE)) {
                page.page().setViewportSize(width, width == PHONE ? 844 : 860);
                assertThat(page.page().evaluate("document.documentElement.scrollWidth"))
                        .as("width of %s", title)
                        .isEqualTo(width);
                for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
                    page.page().emulateMedia(new EmulateMediaOptions().setColorScheme(scheme));
                    if (title.equals("Timeline")) {
                        screenshot(
                                page, "%d-%s.png".formatted(width, scheme.name().toLowerCase(Locale.ROOT)));
                    }
                    assertThat(page.barriers())
                            .as("%s, %d, %s", title, width, scheme)
                            .isEmpty();
                }
            }
        }
    }

    private static void screenshot(DemoPage page, String name) {
        page.page().screenshot(new ScreenshotOptions().setPath(TARGET.resolve(name)));
    }

    @Test
    void onAPhone_theTimelineIsSeenFirst_withTheComposerAtTheFoot_andTheButtonsAreFoldedAway() {
        alice.say("Seen on a phone");
        Locator entry = alice.entries("Seen on a phone");
        assertThat(entry).hasAttribute("data-delivery", "sent");
        alice.page().setViewportSize(PHONE, 844);
        alice.page().evaluate("scrollTo(0, 0)");
        try {
            assertThat(entry).isInViewport();
            assertThat(alice.page().locator("h1")).isInViewport();
            assertThat(alice.page().locator("#missing")).isInViewport();
            assertThat(alice.button("Cut my connection for 5 s")).isHidden();
            BoundingBox foot = alice.page().locator(".composer:visible").boundingBox();
            assertThat(foot.y + foot.height).as("foot of the composer").isEqualTo(844);
            assertThat(entry.boundingBox().y).as("top of the timeline").isLessThan(844 / 2.0);

            alice.button("Break it").click();
            assertThat(alice.button("Cut my connection for 5 s")).isInViewport();
            alice.button("Close").click();
            assertThat(alice.button("Cut my connection for 5 s")).isHidden();
        } finally {
            alice.page().setViewportSize(1280, 720);
        }
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void aPageThatIsCutFloodedAndLosesItsNode_missesNothing_andIsToldWhatHasExpired_andAnAnswerGoesOnExactlyThere() {
        // The connections that die with their node.
        bob.expectComplaint("ERR_");
        DemoPage page = open(1, READER);
        page.expectComplaint("ERR_");
        Locator run = page.scene("Agent run");
        page.button("Ask").click();
        assertThat(run.locator(".word").first()).isVisible();

        page.button("Kill this node").click();
        assertThat(page.note()).containsText("Back on node");
        assertThat(page.state()).not().containsText(":" + nodes.get(1).uri("/").getPort());
        page.assertWhole();

        page.button("Flood 1,000 events while I am cut").click();
        // On a slow machine some of them come after the return.
        assertThat(page.entries("1,000 of 1,000 events, each once, in order")).hasCount(1);
        assertThat(page.note()).containsText("lost none");

        page.button("Cut my connection for 5 s").click();
        assertThat(page.note()).containsText("Caught up");
        assertThat(page.note()).containsText("lost none");

        page.button("Stay away too long").click();
        assertThat(page.entries("195 events are older than what is kept")).hasCount(1);
        assertThat(page.entries("50 of 245 events, from number 196 on, each once, in order"))
                .hasCount(1);

        assertThat(run).containsText("each once, in order");
        page.scene("Timeline");
        assertThat(page.page().locator("#expired")).isVisible();
        assertThat(page.page().locator("#expired")).hasText("195");
        assertThat(page.entries("1,000 of 1,000 events, each once, in order")).hasCount(1);
        assertThat(page.entries("Back on node")).hasCount(4);
        page.assertWhole();
    }
}
