package io.ssebridge.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Locator.FilterOptions;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/** The demo page in a browser profile of its own, with the complaints of the page. */
final class DemoPage implements AutoCloseable {
    private final BrowserContext context;
    private final Page page;
    private final List<String> complaints = new ArrayList<>();
    private final List<String> expected = new ArrayList<>();
    private long bytes;

    private DemoPage(BrowserContext context) {
        this.context = context;
        this.page = context.newPage();
        // Violations of the Content-Security-Policy are console errors too.
        page.onConsoleMessage(message -> {
            if (!message.type().equals("log")) {
                complaints.add(message.text());
            }
        });
        page.onPageError(complaints::add);
    }

    /** Opens the page and waits until its stream is open. */
    static DemoPage open(Browser browser, URI uri, NewContextOptions options) {
        DemoPage demo = prepare(browser, options);
        demo.navigate(uri);
        return demo;
    }

    /** An empty page. */
    static DemoPage prepare(Browser browser, NewContextOptions options) {
        DemoPage demo = new DemoPage(browser.newContext(options));
        demo.page.onResponse(response -> {
            String path = URI.create(response.url()).getPath();
            // A copy that is still good has no body.
            boolean isWhole = response.status() == 200;
            if (isWhole
                    && (path.equals("/")
                            || path.startsWith("/page/")
                            || path.endsWith(".js")
                            || path.endsWith(".svg"))) {
                demo.bytes += response.body().length;
            }
        });
        return demo;
    }

    /** Opens an address, and waits until the stream of the page is open. */
    void navigate(URI uri) {
        page.navigate(uri.toString());
        awaitLive();
    }

    void awaitLive() {
        assertThat(page.locator("body")).hasAttribute("data-link", "live");
    }

    Page page() {
        return page;
    }

    /** The size of the files that the page has loaded. */
    long bytes() {
        return bytes;
    }

    Locator state() {
        return page.locator("#state-text");
    }

    /** What the buttons that break it have to say. */
    Locator note() {
        return page.locator("#breakers-note");
    }

    Locator received() {
        return page.locator("#received");
    }

    /** Opens a scene by its tab. */
    Locator scene(String title) {
        button(AriaRole.TAB, title).click();
        return scene();
    }

    /** The scene that is shown. */
    Locator scene() {
        return page.locator("[role=tabpanel]:not([hidden]).scene");
    }

    /** The name of the visitor. */
    String name() {
        return page.locator(".who strong").textContent();
    }

    /** Opens what another page has in its address, as a visitor who got that address. */
    void follow(DemoPage other, String anchor) {
        assertThat(other.page).hasURL(Pattern.compile(anchor));
        String address = other.page.url();
        page.evaluate("to => { location.hash = to; }", address.substring(address.indexOf('#')));
    }

    Locator button(String words) {
        return button(AriaRole.BUTTON, words);
    }

    private Locator button(AriaRole role, String words) {
        return page.getByRole(role, new GetByRoleOptions().setName(words).setExact(true));
    }

    Locator text() {
        return page.getByLabel("Text", new Page.GetByLabelOptions().setExact(true));
    }

    /** The entries of the timeline that contain these words. */
    Locator entries(String words) {
        return page.locator("#entries > li").filter(new FilterOptions().setHasText(words));
    }

    void say(String words) {
        text().fill(words);
        text().press("Enter");
    }

    /** Checks that the page has missed no event, and got none twice. */
    void assertWhole() {
        assertThat(page.locator("#missing")).hasText("0");
        assertThat(page.locator("#duplicate")).hasText("0");
    }

    /** The faults of the page as it is now for people who use it by other means than eyes and a mouse, as axe-core finds them. */
    List<String> barriers() {
        if (!Boolean.TRUE.equals(page.evaluate("'axe' in globalThis"))) {
            page.evaluate(axe());
        }
        Object found = page.evaluate("""
                async () => (await axe.run()).violations
                  .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target}: ${failureSummary}`))
                """);
        return ((List<?>) found).stream().map(String::valueOf).toList();
    }

    private static String axe() {
        try (InputStream axe = Objects.requireNonNull(
                DemoPage.class.getClassLoader().getResourceAsStream("axe.min.js"), "axe.min.js")) {
            return new String(axe.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Does the same as a browser that keeps the page in its back/forward cache, which Playwright switches off. */
    void putAway() {
        page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))");
    }

    /** The opposite of {@link #putAway}. */
    void takeOut() {
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))");
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

    /** The same as {@link #complaints}, of which none is kept: for a page that the next test uses too. */
    List<String> takeComplaints() {
        List<String> taken = complaints();
        complaints.clear();
        expected.clear();
        page.unrouteAll();
        return taken;
    }

    @Override
    public void close() {
        context.close();
    }
}
