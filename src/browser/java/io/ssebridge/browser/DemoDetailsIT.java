package io.ssebridge.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.Route.FulfillOptions;
import com.microsoft.playwright.options.AriaRole;
import io.ssebridge.testing.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
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

/** The lines beside each scene do what they say, and the page says what a visitor can do when something is wrong. */
@Timeout(120)
@TestInstance(Lifecycle.PER_CLASS)
class DemoDetailsIT {
    // As wide as the box for the code in a window of 1,280 pixels.
    private static final int LONGEST_LINE = 56;
    private static final List<String> SCENES =
            List.of("Timeline", "Cricket", "Job", "Agent run", "Chat", "Clock", "Personal");
    private static final List<String> IDS = List.of("timeline", "cricket", "job", "run", "chat", "clock", "personal");
    private static final String HIDE = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true});"
            + "document.dispatchEvent(new Event('visibilitychange'))";
    private static final String STREAM = "**/stream?**";

    private DemoVisit visit;
    private TestNode node;
    // The tests leave it as they have found it: opening a page costs more than most tests.
    private DemoPage page;
    // The lines of all scenes.
    private @Nullable DemoPage reader;

    @BeforeAll
    void openANodeAndAPage() {
        visit = new DemoVisit(1);
        node = visit.nodes().get(0);
        page = visit.open(0, new NewContextOptions());
    }

    @AfterAll
    void close() {
        visit.close();
    }

    // Also after a test that failed.
    @BeforeEach
    void startAtTheTimeline() {
        page.page().context().setOffline(false);
        Locator unused = page.scene("Timeline");
    }

    @AfterEach
    void noPageHasComplained() {
        List<String> complaints = new ArrayList<>(page.takeComplaints());
        if (reader != null) {
            complaints.addAll(reader.takeComplaints());
        }
        assertThat(complaints).isEmpty();
    }

    private void publish(String data) {
        assertThat(node.post("/publish/sse", "{\"data\": \"" + data + "\"}").statusCode())
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
        Locator alone = page.page().locator("#alone");
        assertThat(page.button("Kill this node")).isDisabled();
        assertThat(alone).containsText("There is one node.");
        assertThat(alone).containsText("java -jar target/sse-bridge.jar");

        JsonObject other = new JsonObject().put("id", "other").put("name", "B").put("port", 9);
        tellNodes(nodes -> nodes.add(other));
        assertThat(page.button("Kill this node")).isEnabled();
        assertThat(alone).isHidden();
        page.page().unrouteAll();

        assertThat(page.button("Kill this node")).isDisabled();
        assertThat(alone)
                .containsText("Node B is gone. Start it again, then kill this one too: SSE_HTTP_PORT=9"
                        + " java -jar target/sse-bridge.jar");
    }

    /** Changes which nodes the page is told about. */
    private void tellNodes(Consumer<JsonArray> change) {
        page.page().route("**/demo", route -> {
            APIResponse answer = route.fetch();
            JsonObject told = new JsonObject(answer.text());
            change.accept(told.getJsonArray("nodes"));
            route.fulfill(new FulfillOptions().setResponse(answer).setBody(told.encode()));
        });
    }

    @Test
    void outsideDemoMode_thereIsNothingToKill_andADebuggerOnlyIfItIsWanted() {
        DemoPage production = visit.prepare();
        production.expectComplaint("status of 404");
        production.page().route("**/demo", route -> route.fulfill(new FulfillOptions().setStatus(404)));
        production.page().route("**/demo/**", route -> route.fulfill(new FulfillOptions().setStatus(404)));
        production.navigate(node.uri("/"));
        assertThat(production.page().locator("#tabs")).hasText("TimelineCricket");
        assertThat(production.button("Kill this node")).isHidden();
        assertThat(production.page().locator("#alone")).isHidden();

        production.page().route(node.uri("/").toString(), route -> {
            APIResponse answer = route.fetch();
            route.fulfill(new FulfillOptions()
                    .setResponse(answer)
                    .setBody(answer.text().replace("<body ", "<body data-debugger=\"on\" ")));
        });
        production.navigate(node.uri("/"));

        assertThat(production.page().locator("#tabs")).hasText("TimelineCricketDebugger");
        assertThat(production.complaints()).isEmpty();
        production.close();
    }

    // A proxy answers 502 and 503 so while a node restarts or has no time.
    @Test
    void aStreamThatIsRefusedForAWhile_saysWhyAndWhatToDo_andMissesNothing() {
        page.expectComplaint("status of ");
        FulfillOptions busy = new FulfillOptions().setStatus(503);
        FulfillOptions tooMany = new FulfillOptions()
                .setStatus(429)
                .setContentType("application/problem+json")
                .setBody("{\"title\": \"Too many\", \"detail\": \"This address has 10.\"}");

        AtomicReference<FulfillOptions> answer = new AtomicReference<>(busy);
        page.page().route(STREAM, route -> route.fulfill(answer.get()));
        page.page().evaluate("dispatchEvent(new Event('online'))");
        assertAlert("The node is busy", "It takes no more requests now.", "Nothing to do: the page tries again");
        publish("While refused");
        answer.set(tooMany);
        page.page().evaluate("dispatchEvent(new Event('online'))");
        assertAlert("Too many", "This address has 10.", "Close other tabs of this page, or wait: the page tries again");
        page.page().unroute(STREAM);
        page.button("Try now").click();

        page.awaitLive();
        assertThat(page.entries("While refused")).hasCount(1);
        assertThat(alert()).isHidden();
        page.assertWhole();
    }

    // The browser has no connection left for this tab, so the request gets no answer at all.
    @Test
    void aTabWithoutAFreeConnection_isTold() {
        List<Route> waiting = new ArrayList<>();
        page.page().route(STREAM, waiting::add);

        leaveAndComeBack();

        assertThat(alert()).containsText("Close a tab of this host.");
        publish("While waiting");
        page.page().unroute(STREAM);
        waiting.get(0).resume();
        page.awaitLive();
        assertThat(page.entries("While waiting")).hasCount(1);
        page.assertWhole();
    }

    @Test
    void aPageWithoutNetwork_isTold() {
        page.expectComplaint("ERR_INTERNET_DISCONNECTED");

        page.page().context().setOffline(true);
        leaveAndComeBack();

        assertThat(alert()).containsText("This device is offline");
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
        page.page().getByText("You are").click();
    }

    // What the page says is the same for all that a visitor sends.
    @Test
    void aRequestThatABusyNodeRefuses_saysSo() {
        page.expectComplaint("status of 503");
        page.page().route("**/demo/jobs", route -> route.fulfill(new FulfillOptions().setStatus(503)));

        Locator job = page.scene("Job");
        page.button("Start a job").click();

        assertThat(job).containsText("The node is busy. Try again in a while.");
        assertThat(page.button("Start a job")).isEnabled();
        page.scene("Timeline");
    }

    @Test
    void theShownLines_forAPage_doWhatTheySay() {
        DemoPage reader = reader();
        String run = new JsonObject(node.post("/demo/runs", "{}").body()).getString("id");
        assertThat(node.post("/demo/match", "{}").statusCode()).isIn(202, 409);

        // A job takes 11 seconds.
        ShownLines job = lines(reader, "job");
        job.begin(job.text("page"), "bar.value > 0 && got.length && events.readyState === 2", "events");
        assertDone(reader, "timeline", run, "", "got.includes('Hi')", "bridge");
        assertDone(reader, "cricket", run, "", "/^[0-9]+[/][0-9]+/.test(board.textContent) && got.length", "match");
        assertDone(reader, "run", run, "", "got.length > 2", "run");
        assertDone(reader, "chat", run, "", "got.includes('Hi') && got.includes('reader')", "bridge");
        assertDone(reader, "clock", run, "", "/:/.test(face.textContent)", "clock");
        String next = "events.addEventListener('stream-open', () => fetch('/publish/personal', forEverybody))";
        assertDone(reader, "personal", run, next, "got.includes('For everybody')", "events");
        assertThat(job.result()).as("job").contains("\"isDone\":true");
    }

    private static void assertDone(
            DemoPage reader, String scene, String run, String next, String condition, String stream) {
        ShownLines shown = lines(reader, scene);

        assertThat(shown.runInPage(shown.text("page").replace("ID", run), next, condition, stream))
                .as(scene)
                .contains("\"isDone\":true");
    }

    private static ShownLines lines(DemoPage reader, String scene) {
        ShownLines shown = new ShownLines(reader.page(), scene);
        assertThat(shown.text("page").split("\n", -1))
                .as("lines of %s", scene)
                .hasSizeLessThanOrEqualTo(11)
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(LONGEST_LINE));
        return shown;
    }

    @Test
    void theShownLines_forATerminal_areAnswered() {
        DemoPage reader = reader();
        // At the same time, because each stream is read for two seconds.
        Map<String, CompletableFuture<List<Integer>>> statuses = new LinkedHashMap<>();
        for (String scene : IDS) {
            String lines = new ShownLines(reader.page(), scene).text("curl").replace("ID", "from-a-terminal");
            statuses.put(lines, CompletableFuture.supplyAsync(() -> ShownLines.runByShell(lines)));
        }

        statuses.forEach((lines, answers) -> {
            int commands = (int) lines.lines()
                    .filter(line -> line.contains("curl ") && !line.startsWith("#"))
                    .count();
            assertThat(answers.join()).as(lines).hasSize(commands).isSubsetOf(200, 201, 202);
        });
    }

    @Test
    void theShownLines_forAVertxService_compile(@TempDir Path directory) {
        DemoPage reader = reader();

        List<ShownLines> shown =
                IDS.stream().map(scene -> new ShownLines(reader.page(), scene)).toList();
        assertThat(ShownLines.compile(shown, directory)).isEmpty();
    }

    private DemoPage reader() {
        DemoPage built = reader;
        if (built == null) {
            built = visit.open(0, new NewContextOptions());
            for (String title : SCENES) {
                Locator unused = built.scene(title);
            }
            Locator unused = built.scene("Timeline");
            reader = built;
        }
        return built;
    }

    private Locator alert() {
        return page.page().getByRole(AriaRole.ALERT);
    }

    private void leaveAndComeBack() {
        page.putAway();
        page.takeOut();
    }

    // A page of a gateway, or a body that was cut off.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "401 | Your session is over | Choose a name again",
                "403 | This is not allowed | Ask the operator",
                "404 | The bridge does not answer | Try again",
                "429 | Too many from here | Close other tabs",
                "502 | The bridge does not answer | Try again",
                "503 | The node is busy | Try again",
            })
    void aRefusalWithoutAProblem_isExplainedByItsStatus(int status, String title, String todo) {
        Object said = page.page()
                .evaluate(
                        "async (status) => JSON.stringify((await import('/page/problem.js')).explain({status}))",
                        status);

        assertThat(String.valueOf(said)).contains(title, todo);
    }

    private void assertAlert(String... words) {
        for (String each : words) {
            assertThat(alert()).containsText(each);
        }
    }
}
