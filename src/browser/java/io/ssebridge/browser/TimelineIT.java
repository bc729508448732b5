package io.ssebridge.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Route.FulfillOptions;
import com.microsoft.playwright.Route.ResumeOptions;
import com.microsoft.playwright.options.ReducedMotion;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/** Two visitors on two nodes of one cluster in demo mode. */
@Timeout(300)
@TestInstance(Lifecycle.PER_CLASS)
class TimelineIT {
    private static final NewContextOptions READER = new NewContextOptions();

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<TimelinePage> pages = new ArrayList<>();
    private List<TestNode> nodes = List.of();
    private Browser browser;

    @BeforeAll
    void openTwoNodesAndABrowser() {
        Chromium.require();
        TestCluster cluster = new TestCluster();
        opened.add(cluster);
        nodes = cluster.start(2, NodeSetup.DEMO);
        Playwright playwright = Playwright.create();
        opened.add(playwright);
        browser = Chromium.launch(playwright);
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
        for (TimelinePage page : pages) {
            complaints.addAll(page.complaints());
            page.close();
        }
        pages.clear();
        assertThat(complaints).isEmpty();
    }

    @Test
    void anActivity_movesInOnAnotherNodesPage() {
        TimelinePage alice = open(0, READER);
        TimelinePage bob = open(1, READER);
        assertThat(alice.state().getAttribute("title"))
                .as("node")
                .isNotEqualTo(bob.state().getAttribute("title"));

        alice.actAs("alice");
        alice.say("Hello, other node");

        assertThat(bob.entries("Hello, other node")).hasAttribute("data-arrival", "moved in");
        assertThat(bob.entries("Hello, other node")).containsText("alice");
    }

    @Test
    void onesOwnActivity_isThereAtOnce_andOnlyOnce() {
        TimelinePage alice = open(0, READER);
        TimelinePage bob = open(1, READER);
        alice.actAs("alice");
        alice.say("Mine");
        assertThat(alice.entries("Mine")).hasAttribute("data-arrival", "at once");

        // Bob answers an event that he has seen. When his answer has reached alice, her own activity has come back to
        // her too.
        assertThat(bob.entries("Mine")).hasCount(1);
        bob.actAs("bob");
        bob.say("I have seen it");
        assertThat(alice.entries("I have seen it")).hasCount(1);

        assertThat(alice.entries("Mine")).hasCount(1);
        assertThat(alice.entries("Mine")).hasAttribute("data-delivery", "sent");
    }

    @Test
    void aUserThatPrefersReducedMotion_getsEventsAtOnce() {
        TimelinePage calm = open(1, new NewContextOptions().setReducedMotion(ReducedMotion.REDUCE));

        nodes.get(0).post("/publish/sse", "{\"data\": \"Quietly\"}");

        assertThat(calm.entries("Quietly")).hasAttribute("data-arrival", "at once");
    }

    @Test
    void theKeyboardAlone_isEnough() {
        TimelinePage alice = open(0, READER);
        TimelinePage bob = open(1, READER);

        // The skip link comes first, then the name.
        alice.page().keyboard().press("Tab");
        alice.page().keyboard().press("Tab");
        alice.page().keyboard().type("alice");
        alice.page().keyboard().press("Enter");
        assertThat(alice.text()).isFocused();
        alice.page().keyboard().type("No mouse");
        alice.page().keyboard().press("Enter");

        assertThat(bob.entries("No mouse")).hasCount(1);
    }

    @Test
    void aRefusedActivity_saysWhy_andCanBeSentAgain() {
        TimelinePage alice = open(0, READER);
        TimelinePage bob = open(1, READER);
        alice.actAs("alice");
        alice.expectComplaint("status of 429");
        alice.page()
                .route(
                        "**/publish/**",
                        route -> route.fulfill(new FulfillOptions()
                                .setStatus(429)
                                .setContentType("application/problem+json")
                                .setBody("{\"title\": \"Too many events\", \"detail\": \"Wait a moment.\"}")));
        alice.say("Refused first");
        Locator entry = alice.entries("Refused first");
        assertThat(entry).containsText("Wait a moment.");

        alice.page().unroute("**/publish/**");
        entry.getByText("Try again").click();

        assertThat(entry).hasAttribute("data-delivery", "sent");
        assertThat(bob.entries("Refused first")).hasCount(1);
    }

    @Test
    void aBall_bringsTheScoreboard() {
        TimelinePage reader = open(1, READER);
        assertThat(reader.scoreboard()).isHidden();

        nodes.get(0).post("/publish/sse", """
                {"event": "ball", "data": {"match": "demo", "over": "12.3", "runs": 4, "batter": "Rao",
                 "bowler": "Lind", "text": "FOUR!", "score": "134/3", "wicket": false}}
                """);

        assertThat(reader.scoreboard()).containsText("134/3");
        assertThat(reader.entries("Lind to Rao")).containsText("FOUR!");
    }

    @Test
    void aPageThatIsPutAway_getsItsMissedEvents_whenItComesBack() {
        TimelinePage reader = open(1, READER);

        reader.putAway();
        nodes.get(1).post("/publish/sse", "{\"data\": \"While away\"}");
        reader.takeOut();
        nodes.get(1).post("/publish/sse", "{\"data\": \"Back again\"}");

        assertThat(reader.entries("Back again")).hasCount(1);
        assertThat(reader.entries("While away")).hasCount(1);
    }

    // A proxy answers so while a node restarts. The EventSource gives up then, and a new one knows no id by itself.
    @Test
    void aPageWithAStreamThatIsRefusedForAWhile_missesNothing() {
        TimelinePage reader = open(1, READER);
        reader.expectComplaint("status of 502");
        reader.page().route("**/stream?**", route -> route.fulfill(new FulfillOptions().setStatus(502)));
        reader.reconnect();
        assertThat(reader.state()).hasAttribute("data-state", "reconnecting");
        nodes.get(0).post("/publish/sse", "{\"data\": \"While refused\"}");
        reader.page().unroute("**/stream?**");

        assertThat(reader.state()).hasAttribute("data-state", "live");
        assertThat(reader.entries("While refused")).hasCount(1);
    }

    @Test
    void aPageThatWasAwayForTooLong_isTold() {
        TimelinePage reader = open(1, READER);
        reader.page()
                .route(
                        "**/stream?**",
                        route -> route.resume(new ResumeOptions()
                                .setUrl(route.request().url().replaceFirst("&lastEventId=[^&]*", "")
                                        + "&lastEventId=unknown")));
        reader.reconnect();

        assertThat(reader.entries("Some events were missed")).hasCount(1);
    }

    @Test
    void dataIsNeverMarkup_andBrokenJsonIsShownAsText() {
        TimelinePage reader = open(1, READER);

        nodes.get(0).post("/publish/sse", "{\"event\": \"activity\", \"data\": \"{oops <b>bold</b>\"}");

        assertThat(reader.entries("{oops <b>bold</b>")).hasCount(1);
    }

    private TimelinePage open(int node, NewContextOptions options) {
        TimelinePage page = TimelinePage.open(browser, nodes.get(node).uri("/"), options);
        pages.add(page);
        return page;
    }
}
