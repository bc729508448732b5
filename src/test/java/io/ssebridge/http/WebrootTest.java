package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WebrootTest {
    private static final String RULES = "channels: [{channel: a, subscribe: public}]\n";

    @TempDir
    Path directory;

    private ServedNode node = ServedNode.of(RULES, "path: /rt/");

    @AfterEach
    void close() {
        node.close();
    }

    private RawConnection.Answer ask(String line, String... headers) {
        String[] lines = new String[headers.length + 2];
        lines[0] = line + " HTTP/1.1";
        lines[1] = "Host: x";
        System.arraycopy(headers, 0, lines, 2, headers.length);
        return RawConnection.ask(node.port(), lines);
    }

    private void serve(Path own) {
        node.close();
        node = ServedNode.of(RULES, "path: /rt/, webroot: \"" + own + "\"");
    }

    // A request that a load balancer may send by default.
    @ParameterizedTest
    @ValueSource(strings = {"OPTIONS /rt/", "OPTIONS /rt/index.html", "OPTIONS *", "OPTIONS /rt/nothing"})
    void options_areTold(String line) {
        RawConnection.Answer answer = ask(line);

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.all("Allow")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST /rt/", "PUT /rt/index.html", "TRACE /rt/"})
    void aFile_isReadOnly(String line) {
        RawConnection.Answer answer = ask(line, "Content-Length: 0");

        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.all("Allow")).containsExactly("GET, HEAD");
        assertThat(ask("DELETE /rt/nothing", "Content-Length: 0").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/rt/", "/rt/index.html"})
    void aBundledFile_isAskedForAgain_andSentOnceOnly(String path) {
        assertCached(path);
    }

    @Test
    void anOwnFile_isAskedForAgain_andSentOnceOnly() throws IOException {
        Files.writeString(directory.resolve("index.html"), "<p>x");
        Files.writeString(directory.resolve("a.txt"), "one");
        serve(directory);

        assertCached("/rt/");
        assertCached("/rt/a.txt");
        String before = ask("HEAD /rt/a.txt").all("ETag").get(0);
        Files.writeString(directory.resolve("a.txt"), "three");
        assertThat(ask("GET /rt/a.txt", "If-None-Match: " + before).body()).isEqualTo("three");
        assertThat(ask("GET /rt/nothing").status()).isEqualTo(404);
    }

    @Test
    void theClientModule_isServedWithAnyDirectory_unlessItHasItsOwn() throws IOException {
        String bundled = ask("GET /rt/sse-bridge.js").body();
        assertThat(bundled).contains("export class SseBridge");
        serve(directory);

        assertCached("/rt/sse-bridge.js");
        assertThat(ask("GET /rt/sse-bridge.js").body()).isEqualTo(bundled);
        assertThat(ask("GET /rt/demo.js").status()).isEqualTo(404);
        Files.writeString(directory.resolve("sse-bridge.js"), "own");
        assertThat(ask("GET /rt/sse-bridge.js").body()).isEqualTo("own");
    }

    private void assertCached(String path) {
        RawConnection.Answer answer = ask("GET " + path);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isNotEmpty();
        assertThat(answer.all("Cache-Control")).containsExactly("no-cache");
        List<String> tag = answer.all("ETag");
        assertThat(tag).hasSize(1);

        RawConnection.Answer again = ask("HEAD " + path, "If-None-Match: " + tag.get(0));
        assertThat(again.status()).isEqualTo(304);
        assertThat(again.all("ETag")).isEqualTo(tag);
        assertThat(ask("HEAD " + path, "If-None-Match: \"other\"").status()).isEqualTo(200);
    }

    @Test
    void aDirectoryWithoutItsSlash_keepsTheQuery() throws IOException {
        assertThat(ask("GET /rt?x=1&y=2").all("Location")).containsExactly("/rt/?x=1&y=2");
        assertThat(ask("GET /rt").all("Location")).containsExactly("/rt/");

        Files.writeString(Files.createDirectory(directory.resolve("docs")).resolve("index.html"), "<p>x");
        serve(directory);
        assertThat(ask("GET /rt/docs?x=1").all("Location")).containsExactly("/rt/docs/?x=1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"GET /rt/", "HEAD /rt/index.html", "GET /rt/nothing", "POST /rt/", "OPTIONS /rt/", "GET /rt"})
    void everyAnswer_hasTheHeadersThatProtectPages(String line) throws IOException {
        RawConnection.Answer answer = ask(line, "Content-Length: 0");
        assertThat(answer.all("Content-Security-Policy").get(0))
                .startsWith("default-src 'none'; script-src 'self'")
                .endsWith("frame-ancestors 'none'");
        assertThat(answer.all("X-Content-Type-Options")).containsExactly("nosniff");
        assertThat(answer.all("Referrer-Policy")).containsExactly("no-referrer");

        Files.writeString(directory.resolve("index.html"), "<p>x");
        serve(directory);
        RawConnection.Answer own = ask(line, "Content-Length: 0");
        assertThat(own.all("Content-Security-Policy")).containsExactly("frame-ancestors 'self'");
        assertThat(own.all("X-Content-Type-Options")).containsExactly("nosniff");
        assertThat(own.all("Referrer-Policy")).containsExactly("no-referrer");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/rt/", "/rt/nothing", "/rt/health/live", "/elsewhere"})
    void everyAnswer_tellsTheDate(String path) {
        assertThat(ask("GET " + path).all("Date"))
                .singleElement()
                .asString()
                .matches("[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT");
    }
}
