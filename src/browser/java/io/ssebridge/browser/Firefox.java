package io.ssebridge.browser;

import static org.junit.jupiter.api.Assumptions.abort;

import io.ssebridge.testing.ChildProcess;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/** The machine's own Firefox, driven by WebDriver BiDi. Playwright drives only a Firefox that it has changed. */
final class Firefox implements AutoCloseable {
    private static final Path EXECUTABLE =
            Path.of(Optional.ofNullable(System.getenv("FIREFOX")).orElse("/usr/bin/firefox-esr"));
    private static final Pattern LISTENING = Pattern.compile("WebDriver BiDi listening on (ws://\\S+)");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    // Nothing that talks to other hosts than the nodes.
    private static final String PREFERENCES = """
            user_pref("app.normandy.enabled", false);
            user_pref("app.update.disabledForTesting", true);
            user_pref("browser.safebrowsing.update.enabled", false);
            user_pref("browser.startup.homepage_override.mstone", "ignore");
            user_pref("datareporting.policy.dataSubmissionEnabled", false);
            user_pref("extensions.update.enabled", false);
            user_pref("network.captive-portal-service.enabled", false);
            user_pref("network.connectivity-service.enabled", false);
            user_pref("services.settings.server", "data:,#remote-settings-dummy/v1");
            user_pref("toolkit.telemetry.server", "");
            """;

    private final ChildProcess process;
    private final WebSocket socket;
    private final AtomicInteger commands = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonObject>> answers = new ConcurrentHashMap<>();
    private final Queue<Complaint> complaints = new ConcurrentLinkedQueue<>();

    /** A warning or an error in the console of a tab, or an uncaught error. */
    private record Complaint(String context, String text) {}

    /**
     * Starts it without a window.
     *
     * @param profile an empty directory
     */
    Firefox(Path profile) {
        try {
            Files.writeString(profile.resolve("user.js"), PREFERENCES);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        process = ChildProcess.start(
                "firefox",
                profile,
                Map.of(),
                List.of(
                        EXECUTABLE.toString(),
                        "--headless",
                        "--no-remote",
                        "--profile",
                        profile.toString(),
                        "--remote-debugging-port",
                        "0",
                        "about:blank"));
        String url = process.awaitLine(LISTENING, PATIENCE).group(1);
        socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create(url + "/session"), new Reader())
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
        var session = ask("session.new", new JsonObject().put("capabilities", new JsonObject()));
        assert session.containsKey("sessionId");
        var unused = ask("session.subscribe", new JsonObject().put("events", new JsonArray().add("log.entryAdded")));
    }

    /** Skips the test if there is none. */
    static void require() {
        if (!Files.isExecutable(EXECUTABLE)) {
            String missing = "No Firefox at " + EXECUTABLE + ": install it, or name another by FIREFOX.";
            System.err.println("SKIPPED: the client module is not tested in Firefox. " + missing);
            abort(missing);
        }
    }

    /** A tab. */
    final class Tab {
        private final String context;

        private Tab(String context) {
            this.context = context;
        }

        void navigate(URI uri) {
            var unused = ask(
                    "browsingContext.navigate",
                    new JsonObject()
                            .put("context", context)
                            .put("url", uri.toString())
                            .put("wait", "complete"));
        }

        /** The value of an expression: of a string, a number or a boolean. */
        Object evaluate(String expression) {
            JsonObject evaluated = ask(
                    "script.evaluate",
                    new JsonObject()
                            .put("expression", expression)
                            .put("target", new JsonObject().put("context", context))
                            .put("awaitPromise", true));
            if (!evaluated.getString("type").equals("success")) {
                throw new AssertionError(expression + ": " + evaluated);
            }
            return evaluated.getJsonObject("result").getValue("value", "nothing");
        }

        /** The warnings and errors of the console, and every uncaught error. */
        List<String> complaints() {
            return complaints.stream()
                    .filter(each -> each.context().equals(context))
                    .map(Complaint::text)
                    .toList();
        }

        void close() {
            var unused = ask("browsingContext.close", new JsonObject().put("context", context));
        }
    }

    Tab open(URI uri) {
        Tab tab = new Tab(ask("browsingContext.create", new JsonObject().put("type", "tab"))
                .getString("context"));
        tab.navigate(uri);
        return tab;
    }

    private JsonObject ask(String method, JsonObject parameters) {
        int id = commands.incrementAndGet();
        CompletableFuture<JsonObject> answer = new CompletableFuture<>();
        answers.put(id, answer);
        JsonObject command =
                new JsonObject().put("id", id).put("method", method).put("params", parameters);
        return socket.sendText(command.encode(), true)
                .thenCompose(sent -> answer)
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    @Override
    public void close() {
        socket.abort();
        process.close();
    }

    /** Takes answers and notices. By the threads of the client, one at a time. */
    private final class Reader implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                take(new JsonObject(text.toString()));
                text.setLength(0);
            }
            from.request(1);
            return CompletableFuture.completedFuture(null);
        }

        private void take(JsonObject message) {
            Integer id = message.getInteger("id");
            CompletableFuture<JsonObject> answer = id == null ? null : answers.remove(id);
            if (answer == null) {
                JsonObject entry = message.getJsonObject("params", new JsonObject());
                if (!List.of("debug", "info").contains(entry.getString("level", "info"))) {
                    complaints.add(new Complaint(
                            entry.getJsonObject("source", new JsonObject()).getString("context", ""),
                            entry.getString("text")));
                }
            } else if (message.getString("type").equals("success")) {
                answer.complete(message.getJsonObject("result"));
            } else {
                answer.completeExceptionally(new AssertionError(message.encode()));
            }
        }
    }
}
