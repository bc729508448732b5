package io.ssebridge.browser;

import com.microsoft.playwright.Page;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** The lines that a scene shows beside it, used as a reader would use them. */
final class ShownLines {
    private static final int SECONDS = 30;
    private static final Pattern IMPORT = Pattern.compile("^import (.+) from (.+);$", Pattern.MULTILINE);
    private static final Pattern STATUS = Pattern.compile("\\[(\\d+)]");
    // What the lines take as given, and what shows whether they have done it.
    private static final String PAGE = """
            async () => {
              const got = [];
              const show = (...values) => got.push(...values);
              const board = {}, face = {}, bar = {};
              const log = { prepend: show }, answer = { append: show };
              const json = { method: "POST", headers: { "Content-Type": "application/json" } };
              const token = async () =>
                (await (await fetch("/demo/token", { ...json, body: '{"sub": "reader"}' })).json()).token;
              const forEverybody = { ...json, body: '{"event": "notice", "data": "For everybody"}' };
              // Closing ends an open publish with an error, and the lines do not wait for its answer.
              const open = globalThis.fetch;
              let publishing = 0;
              const counting = async (target, init) => {
                const isPublish = String(target).includes("/publish/");
                publishing += isPublish ? 1 : 0;
                const response = await open(target, init);
                if (isPublish) {
                  response.clone().text().catch(() => {}).finally(() => setTimeout(() => publishing--));
                }
                return response;
              };
              globalThis.fetch = counting;
              {
                %s
                %s;
                const deadline = Date.now() + 30_000;
                while (!((%s) && publishing === 0) && Date.now() < deadline) {
                  await new Promise((done) => setTimeout(done, 20));
                }
                const isDone = Boolean(%s);
                %s.close();
                // Other lines may run at the same time.
                globalThis.fetch = globalThis.fetch === counting ? open : globalThis.fetch;
                return JSON.stringify({ isDone, got, board, face, bar });
              }
            }
            """;
    // A stream has no end of its own. Each answer leaves its status in the error output.
    private static final String SHELL = """
            curl() { command curl -sS --max-time 2 -w '%{stderr}[%{http_code}]' "$@"; }
            """;
    private static final String CLASS = """
            import io.vertx.core.Vertx;
            import io.vertx.core.eventbus.DeliveryOptions;
            import io.vertx.core.http.HttpServerResponse;
            import io.vertx.core.json.JsonObject;
            import java.util.UUID;
            import java.util.function.BiConsumer;
            import java.util.function.IntConsumer;

            abstract class %s {
                interface Work { void progress(IntConsumer percent); }
                interface Model { void answer(String question, BiConsumer<Integer, String> words); }
                abstract void startTicking(String channel);
                abstract void stopTicking(String channel);

                void run(Vertx vertx, Work work, Model model, HttpServerResponse response, String question, String id) {
                    %s
                }
            }
            """;

    private final Page page;
    private final String scene;

    /** Those of a scene that the page has built. */
    ShownLines(Page page, String scene) {
        this.page = page;
        this.scene = scene;
    }

    /** The lines in a language: {@code page}, {@code curl} or {@code vertx}. */
    String text(String language) {
        return page.locator("#panel-%s-%s pre".formatted(scene, language)).textContent();
    }

    /**
     * Runs the lines for a page in this one, until they have done their work.
     *
     * @param lines the lines, with what a reader replaces
     * @param next what to do then, as JavaScript
     * @param done the condition to wait for
     * @param stream the variable with the stream
     * @return what they have done, as JSON with {@code isDone}
     */
    String runInPage(String lines, String next, String done, String stream) {
        return String.valueOf(page.evaluate(script(lines, next, done, stream)));
    }

    /** The same, but returns at once: {@link #result} waits. */
    void begin(String lines, String done, String stream) {
        page.evaluate("() => { globalThis.%s = (%s)(); }".formatted(running(), script(lines, "", done, stream)));
    }

    String result() {
        return String.valueOf(page.evaluate("() => globalThis." + running()));
    }

    private String running() {
        return "linesOf" + scene;
    }

    private static String script(String lines, String next, String done, String stream) {
        String imported = IMPORT.matcher(lines).replaceFirst("const $1 = await import($2);");
        return PAGE.formatted(imported, next, done, done, stream);
    }

    /** Runs these lines by a shell, and returns the status of each answer. */
    static List<Integer> runByShell(String lines) {
        try {
            return statuses(new ProcessBuilder("bash", "-c", SHELL + lines)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(lines, e);
        }
    }

    private static List<Integer> statuses(Process shell) throws IOException, InterruptedException {
        try {
            String errors = new String(shell.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!shell.waitFor(SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Not done in " + SECONDS + " s");
            }
            return STATUS.matcher(errors)
                    .results()
                    .map(found -> Integer.valueOf(found.group(1)))
                    .toList();
        } finally {
            shell.destroyForcibly();
        }
    }

    /** Compiles the lines for a Vert.x service, and returns what the compiler has to say. */
    static String compile(List<ShownLines> shown, Path directory) {
        JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "not a JDK");
        StringWriter said = new StringWriter();
        List<String> options =
                List.of("-d", directory.toString(), "-proc:none", "-classpath", System.getProperty("java.class.path"));
        List<JavaFileObject> files = shown.stream().map(ShownLines::asClass).toList();
        boolean isGood =
                compiler.getTask(said, null, null, options, null, files).call();
        return isGood ? "" : said.toString();
    }

    private JavaFileObject asClass() {
        String name = "Lines_" + scene;
        String source = CLASS.formatted(name, text("vertx"));
        return new SimpleJavaFileObject(URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
    }
}
