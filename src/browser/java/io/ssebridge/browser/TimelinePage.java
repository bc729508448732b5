package io.ssebridge.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Locator.FilterOptions;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/** The timeline in a browser profile of its own, with the complaints of the page. */
final class TimelinePage implements AutoCloseable {
    /**
     * Watches from outside the page's own code how entries come, and notes it on them. One that moves in has no height
     * at first and has grown when its animations have finished: one that is declared but never runs does not count.
     */
    private static final String WATCH_ARRIVALS = """
            addEventListener("DOMContentLoaded", () => {
              const watch = async (entry) => {
                const animations = entry.getAnimations();
                const height = entry.offsetHeight;
                entry.dataset.arrival = animations.length === 0 && height > 0 ? "at once" : "moving";
                await Promise.all(animations.map((animation) => animation.finished));
                if (height === 0 && entry.offsetHeight > 0) {
                  entry.dataset.arrival = "moved in";
                }
              };
              new MutationObserver((records) => records.forEach(({ addedNodes }) => addedNodes.forEach(watch)))
                .observe(document.getElementById("entries"), { childList: true });
            });
            """;

    private final BrowserContext context;
    private final Page page;
    private final List<String> complaints = new ArrayList<>();
    private final List<String> expected = new ArrayList<>();

    private TimelinePage(BrowserContext context) {
        this.context = context;
        this.page = context.newPage();
        page.addInitScript(WATCH_ARRIVALS);
        // Violations of the Content-Security-Policy are console errors too.
        page.onConsoleMessage(message -> {
            if (!message.type().equals("log")) {
                complaints.add(message.text());
            }
        });
        page.onPageError(complaints::add);
    }

    /** Opens the page and waits until its stream stands. */
    static TimelinePage open(Browser browser, URI uri, NewContextOptions options) {
        TimelinePage timeline = new TimelinePage(browser.newContext(options));
        timeline.page.navigate(uri.toString());
        assertThat(timeline.state()).hasAttribute("data-state", "live");
        return timeline;
    }

    Page page() {
        return page;
    }

    Locator state() {
        return page.locator("#state");
    }

    Locator scoreboard() {
        return page.locator("#scoreboard");
    }

    Locator name() {
        return page.getByLabel("Your name");
    }

    Locator text() {
        return page.getByLabel("Text", new Page.GetByLabelOptions().setExact(true));
    }

    /** The entries that contain these words. */
    Locator entries(String words) {
        return page.getByRole(AriaRole.LOG).getByRole(AriaRole.LISTITEM).filter(new FilterOptions().setHasText(words));
    }

    /** Does the same as a browser that keeps the page in its back/forward cache, which Playwright switches off. */
    void putAway() {
        page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))");
    }

    /** The opposite of {@link #putAway}; returns when the stream stands again. */
    void takeOut() {
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))");
        assertThat(state()).hasAttribute("data-state", "live");
    }

    /** Ends the stream and opens another, as the button does. */
    void reconnect() {
        page.locator("#reconnect").evaluate("button => button.click()");
    }

    void actAs(String subject) {
        name().fill(subject);
        page.getByText("Enter", new Page.GetByTextOptions().setExact(true)).click();
        assertThat(text()).isEnabled();
    }

    void say(String words) {
        text().fill(words);
        page.getByText("Send", new Page.GetByTextOptions().setExact(true)).click();
    }

    /** Says that a complaint with these words is part of the test. */
    void expectComplaint(String words) {
        expected.add(words);
    }

    /** All other output of the console that is not a plain log line, and every uncaught error. */
    List<String> complaints() {
        return complaints.stream()
                .filter(complaint -> expected.stream().noneMatch(complaint::contains))
                .toList();
    }

    @Override
    public void close() {
        context.close();
    }
}
