package io.ssebridge.browser;

import com.microsoft.playwright.Page;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
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
              globalThis.fetch = async (target, init) => {
                const isPublish = String(target).includes("/publish/");
                publishing += isPublish ? 1 : 0;
                const response = await open(target, init);
                if (isPublish) {
                  response.clone().text().catch(() => {}).finally(() => setTimeout(() => publishing--));
                }
                return response;
              };
              {
                %s
                %s;
                const deadline = Date.now() + 30_000;
                while (!((%s) && publishing === 0) && Date.now() < deadline) {
                  await new Promise((done) => setTimeout(done, 20));
                }
                const isDone = Boolean(%s);
                %s.close();
                globalThis.fetch = open;
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

            abstract class Shown {
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
        String script = IMPORT.matcher(lines).replaceFirst("const $1 = await import($2);");
        return String.valueOf(page.evaluate(PAGE.formatted(script, next, done, done, stream)));
    }

    /** Runs these lines by a shell, and returns the status of each answer. */
    static List<Integer> runByShell(String lines) throws IOException, InterruptedException {
        Process shell = new ProcessBuilder("bash", "-c", SHELL + lines)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            String errors = new String(shell.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!shell.waitFor(SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Not done in " + SECONDS + " s: " + lines);
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
    String compile(Path directory) {
        JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "not a JDK");
        StringWriter said = new StringWriter();
        String source = CLASS.formatted(text("vertx"));
        SimpleJavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///Shown.java"), SimpleJavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        List<String> options =
                List.of("-d", directory.toString(), "-proc:none", "-classpath", System.getProperty("java.class.path"));
        boolean isGood =
                compiler.getTask(said, null, null, options, null, List.of(file)).call();
        return isGood ? "" : "%s:%n%s".formatted(scene.toUpperCase(Locale.ROOT), said);
    }
}
