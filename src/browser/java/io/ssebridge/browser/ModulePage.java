package io.ssebridge.browser;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.PlaywrightException;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.TestNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A tab with a page that uses the client module, under a strict Content-Security-Policy. */
final class ModulePage {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String HTML = """
            <!doctype html>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; connect-src 'self'">
            <title>Test</title>
            <script type="module" src="test.js"></script>
            """;
    // What a page has collected, it shows to the tests.
    private static final String SCRIPT = """
            import { SseBridge } from "./sse-bridge.js";
            globalThis.open = (options) => {
              const probe = { data: [], states: [], caughtUp: [], resets: [], pageShows: [] };
              addEventListener("pageshow", ({ persisted }) => probe.pageShows.push(persisted));
              probe.bridge = new SseBridge(options);
              probe.bridge.on("event", ({ data }) => probe.data.push(data));
              probe.bridge.on("state", (state) => probe.states.push(state));
              probe.bridge.on("caughtup", (back) => probe.caughtUp.push(back));
              probe.bridge.on("reset", (reset) => probe.resets.push(reset));
              globalThis.probe = probe;
            };
            globalThis.isReady = true;
            """;

    private final Page page;
    private final List<String> complaints = new ArrayList<>();

    private ModulePage(Page page) {
        this.page = page;
        page.onConsoleMessage(message -> complaints.add(message.text()));
        page.onPageError(complaints::add);
    }

    /** Writes the page's files into the directory that a node serves. */
    static void write(Path webroot) {
        try {
            Files.writeString(webroot.resolve("index.html"), HTML);
            Files.writeString(webroot.resolve("elsewhere.html"), "<!doctype html><title>Elsewhere</title>");
            Files.writeString(webroot.resolve("test.js"), SCRIPT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Opens a tab and a bridge in it.
     *
     * @param options those of the module, as JavaScript
     */
    static ModulePage open(BrowserContext context, TestNode node, String options) {
        ModulePage opened = new ModulePage(context.newPage());
        opened.page.navigate(node.uri("/").toString());
        opened.openBridge(options);
        return opened;
    }

    void openBridge(String options) {
        until("globalThis.isReady");
        page.evaluate("open(" + options + ")");
    }

    Page page() {
        return page;
    }

    /** The data of all events so far, in their order. */
    Object data() {
        return page.evaluate("probe.data");
    }

    Object evaluate(String script) {
        return page.evaluate(script);
    }

    void untilState(String state) {
        until("probe.bridge.state.state === '" + state + "'");
    }

    /** Waits until an expression is true. */
    void until(String expression) {
        Eventually.holds(expression, PATIENCE, () -> isTrue(expression));
    }

    // Playwright's own waiting evaluates text in the page, which the page's policy forbids.
    private boolean isTrue(String expression) {
        try {
            return Boolean.TRUE.equals(page.evaluate("Boolean(" + expression + ")"));
        } catch (PlaywrightException navigating) {
            return false;
        }
    }

    /** All output of the console, and every uncaught error. */
    List<String> complaints() {
        return complaints;
    }
}
