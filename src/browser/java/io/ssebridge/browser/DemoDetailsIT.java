package io.ssebridge.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Route.FulfillOptions;
import com.microsoft.playwright.assertions.LocatorAssertions.ContainsTextOptions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
import org.junit.jupiter.params.provider.CsvSource;

/** What the demo page says to a visitor, and whether the lines that it shows are true. */
@Timeout(120)
@TestInstance(Lifecycle.PER_CLASS)
class DemoDetailsIT {
    private static final double PATIENCE_MILLIS = 20_000;
    private static final ContainsTextOptions SOON = new ContainsTextOptions().setTimeout(PATIENCE_MILLIS);
    // As wide as the box for the code in a window of 1,280 pixels.
    private static final int LONGEST_LINE = 56;
    private static final List<String> SCENES =
            List.of("Timeline", "Cricket", "Job", "Agent run", "Chat", "Clock", "Personal");
    private static final String HIDE = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true});"
            + "document.dispatchEvent(new Event('visibilitychange'))";

    private final List<AutoCloseable> opened = new ArrayList<>();
    private List<TestNode> nodes = List.of();
    private DemoPage page;
    private String run = "";
    private Browser browser;

    @BeforeAll
    void openNodesAndABrowser() {
        Chromium.require();
        TestCluster cluster = new TestCluster();
        opened.add(cluster);
        nodes = cluster.start(2, NodeSetup.DEMO);
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

    @BeforeEach
    void openThePage() {
        page = DemoPage.open(browser, nodes.get(0).uri("/"), new NewContextOptions());
    }

    @AfterEach
    void noPageHasComplained() {
        List<String> complaints = page.complaints();
        page.close();
        assertThat(complaints).isEmpty();
    }

    private void publish(String data) {
        assertThat(nodes.get(1)
                        .post("/publish/sse", "{\"data\": \"" + data + "\"}")
                        .statusCode())
                .isEqualTo(201);
    }

    @Test
    void aHiddenTab_countsItsEvents_inItsTitle() {
        Page tab = page.page();
        String title = tab.title();

        tab.evaluate(HIDE.formatted("true"));
        for (int i = 1; i <= 3; i++) {
            publish("Behind another tab, " + i);
        }
        assertThat(tab).hasTitle("(3) " + title);
        tab.evaluate(HIDE.formatted("false"));

        assertThat(tab).hasTitle(title);
    }

    @Test
    void aPausedTimeline_keepsNewEntriesBack() {
        page.button("Pause").click();
        publish("While paused");

        Locator goOn = page.button("Go on: 1 new entry");
        assertThat(goOn).isVisible();
        assertThat(page.entries("While paused")).hasCount(0);
        goOn.click();

        assertThat(page.entries("While paused")).hasCount(1);
    }

    @Test
    void aPageOfTheOnlyNode_saysHowToStartAnother() {
        int port = nodes.get(1).uri("/").getPort();
        assertThat(page.button("Kill this node")).isEnabled();

        page.page().route("**/demo", route -> {
            APIResponse answer = route.fetch();
            JsonObject told = new JsonObject(answer.text());
            JsonArray own = new JsonArray(told.getJsonArray("nodes").stream()
                    .filter(node -> ((JsonObject) node).getBoolean("self"))
                    .toList());
            route.fulfill(new FulfillOptions()
                    .setResponse(answer)
                    .setBody(told.put("nodes", own).encode()));
        });

        assertThat(page.button("Kill this node")).isDisabled();
        assertThat(page.page().locator("#alone"))
                .containsText("is gone. Start it again, then kill this one too: SSE_HTTP_PORT=" + port
                        + " java -jar target/sse-bridge.jar");
    }

    @Test
    void outsideDemoMode_thereIsNothingToKill_andADebuggerOnlyIfItIsWanted() {
        page.expectComplaint("status of 404");
        page.page().route("**/demo", route -> route.fulfill(new FulfillOptions().setStatus(404)));
        page.page().route("**/demo/**", route -> route.fulfill(new FulfillOptions().setStatus(404)));
        page.page().reload();
        page.awaitLive();
        assertThat(page.page().locator("#tabs")).hasText("TimelineCricket");
        assertThat(page.button("Kill this node")).isHidden();
        assertThat(page.page().locator("#alone")).isHidden();

        page.page().route(nodes.get(0).uri("/").toString(), route -> {
            APIResponse answer = route.fetch();
            route.fulfill(new FulfillOptions()
                    .setResponse(answer)
                    .setBody(answer.text().replace("<body ", "<body data-debugger=\"on\" ")));
        });
        page.page().reload();

        page.awaitLive();
        assertThat(page.page().locator("#tabs")).hasText("TimelineCricketDebugger");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "429 | {\"title\": \"Too many streams\", \"detail\": \"This address has 10.\"} | This address has 10.",
                "503 | {\"title\": \"The node is full\", \"detail\": \"It has 5 streams.\"} | It has 5 streams.",
            })
    void aNodeThatTakesNoStreams_isExplained(int status, String body, String words) {
        page.expectComplaint("status of " + status);
        page.page()
                .route(
                        "**/stream?**",
                        route -> route.fulfill(new FulfillOptions()
                                .setStatus(status)
                                .setContentType("application/problem+json")
                                .setBody(body)));

        leaveAndComeBack();

        assertThat(alert()).containsText(words, SOON);
        assertThat(alert()).containsText("Nothing to do: the page tries again");
        assertComesBackWhole("Refused " + words);
    }

    // The browser has no connection left for this tab, so the request gets no answer at all.
    @Test
    void aTabWithoutAFreeConnection_isTold() {
        page.page().route("**/stream?**", route -> {});

        leaveAndComeBack();

        assertThat(alert()).containsText("Close a tab of this host.", SOON);
        publish("While waiting");
        // Now the request that waits is sent.
        page.page().unroute("**/stream?**");
        page.awaitLive();
        assertThat(page.entries("While waiting")).hasCount(1);
        page.assertWhole();
    }

    @Test
    void aPageWithoutNetwork_isTold() {
        page.expectComplaint("ERR_INTERNET_DISCONNECTED");

        page.page().context().setOffline(true);
        leaveAndComeBack();

        assertThat(alert()).containsText("This device is offline", SOON);
        publish("While offline");
        page.page().context().setOffline(false);
        page.awaitLive();
        assertThat(page.entries("While offline")).hasCount(1);
        assertThat(alert()).isHidden();
        page.assertWhole();
    }

    @Test
    void aNameThatIsRefused_saysWhatIsAllowed() {
        page.page().getByText("You are").click();
        page.page().getByLabel("Your name").fill("two words!");
        page.button("Take this name").click();

        assertThat(page.page().locator(".rename")).containsText("Use 1 to 24 letters");
    }

    @Test
    void theShownLines_forAPage_doWhatTheySay() {
        buildScenes();
        run = new JsonObject(nodes.get(1).post("/demo/runs", "{}").body()).getString("id");
        assertThat(nodes.get(1).post("/demo/match", "{}").statusCode()).isIn(202, 409);

        assertDone("timeline", "got.includes('Hi')", "bridge");
        assertDone("cricket", "/^[0-9]+[/][0-9]+/.test(board.textContent) && got.length", "match");
        assertDone("job", "bar.value > 0 && got.length && events.readyState === 2", "events");
        assertDone("run", "got.length > 2", "run");
        assertDone("chat", "got.includes('Hi') && got.includes('reader')", "bridge");
        assertDone("clock", "/:/.test(face.textContent)", "clock");
        assertDone("personal", "got.includes('For everybody')", "events");
    }

    private void assertDone(String scene, String condition, String stream) {
        ShownLines shown = new ShownLines(page.page(), scene);
        String lines = shown.text("page");
        assertThat(lines.split("\n", -1))
                .as("lines of %s", scene)
                .hasSizeLessThanOrEqualTo(11)
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(LONGEST_LINE));
        String next = scene.equals("personal") ? "events.onopen = () => fetch('/publish/personal', forEverybody)" : "";

        assertThat(shown.runInPage(lines.replace("ID", run), next, condition, stream))
                .as(scene)
                .contains("\"isDone\":true");
    }

    @Test
    void theShownLines_forATerminal_areAnswered() throws Exception {
        buildScenes();
        for (String scene : sceneIds()) {
            String lines = new ShownLines(page.page(), scene).text("curl").replace("ID", "from-a-terminal");
            int commands = (int) lines.lines()
                    .filter(line -> line.contains("curl ") && !line.startsWith("#"))
                    .count();

            assertThat(ShownLines.runByShell(lines)).as(lines).hasSize(commands).isSubsetOf(200, 201, 202);
        }
    }

    @Test
    void theShownLines_forAVertxService_compile(@TempDir Path directory) {
        buildScenes();

        for (String scene : sceneIds()) {
            assertThat(new ShownLines(page.page(), scene).compile(directory)).isEmpty();
        }
    }

    private List<String> sceneIds() {
        return page.page().locator("#tabs [role=tab]").all().stream()
                .map(tab -> tab.getAttribute("id").replace("tab-", ""))
                .filter(id -> !id.equals("debugger"))
                .toList();
    }

    private void buildScenes() {
        for (String title : SCENES) {
            Locator unused = page.scene(title);
        }
    }

    private Locator alert() {
        return page.page().getByRole(AriaRole.ALERT);
    }

    private void leaveAndComeBack() {
        page.putAway();
        page.page().evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))");
    }

    private void assertComesBackWhole(String data) {
        publish(data);
        page.page().unroute("**/stream?**");
        page.button("Try now").click();
        page.awaitLive();
        assertThat(page.entries(data)).hasCount(1);
        page.assertWhole();
    }
}
