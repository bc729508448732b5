package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.config.ConfigException;
import io.ssebridge.config.Configuration;
import io.ssebridge.config.Overrides;
import io.ssebridge.testing.PublicKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The README is read far more often than the code: this test checks all that a program can check. */
class ReadmeTest {
    private static final Path README = Path.of("README.md");
    private static final Overrides SECRET =
            new Overrides(Map.of("SSE_AUTH_JWT_SECRET", "0123456789abcdef0123456789abcdef"), Map.of());
    private static final Pattern UNKNOWN_KEY = Pattern.compile("unknown key \\(expected: ([^)]+)\\)");
    private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern YAML = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("(?:]\\(|src=\")(?!https?:|#)([^)\"#]+)");

    @Test
    void everyKeyOfTheConfiguration_isInTheTable_andNoOther() throws IOException {
        List<String> rows = Files.readAllLines(README).stream()
                .dropWhile(line -> !line.equals("## Configuration"))
                .takeWhile(line -> !line.equals("## Guarantees"))
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split("`", -1)[1])
                .toList();

        List<String> keys = new ArrayList<>();
        collect("", inner -> inner, keys);
        assertThat(keys).hasSizeGreaterThan(30).contains("http.port", "channels[].history.ttl");
        assertThat(rows).containsExactlyInAnyOrderElementsOf(keys);
    }

    /** Asks the reader itself: it answers an unknown key with the known ones, section by section. */
    private static void collect(String path, UnaryOperator<String> around, List<String> keys) {
        for (String key : known(around.apply("zzzzzzzz: 1"))) {
            String full = path.isEmpty() ? key : path + "." + key;
            if (full.equals("channels")) {
                keys.add(full);
                collect("channels[]", inner -> "channels: [{channel: a, " + inner + "}]", keys);
            } else if (known(around.apply(key + ": {zzzzzzzz: 1}")).isEmpty()) {
                keys.add(full);
            } else {
                collect(full, inner -> around.apply(key + ": {" + inner + "}"), keys);
            }
        }
    }

    /** The keys that are expected in place of zzzzzzzz; none: that stands where no section can. */
    private static List<String> known(String yaml) {
        try {
            BridgeOptions unused = read(yaml);
            return List.of();
        } catch (ConfigException e) {
            Matcher matcher = UNKNOWN_KEY.matcher(String.valueOf(e.getMessage()));
            return matcher.find() ? List.of(matcher.group(1).split(", ")) : List.of();
        }
    }

    private static BridgeOptions read(String yaml) {
        return new Configuration("README.md", yaml, SECRET).read(BridgeOptions::from);
    }

    @Test
    void theExampleConfiguration_isOne(@org.junit.jupiter.api.io.TempDir Path directory) throws IOException {
        Path key = Files.writeString(directory.resolve("issuer.pem"), PublicKeys.rsa(2048));
        Matcher yaml = YAML.matcher(Files.readString(README));
        assertThat(yaml.find()).isTrue();

        BridgeOptions options = new Configuration(
                        "README.md",
                        yaml.group(1).replace("/etc/sse-bridge/issuer.pem", key.toString()),
                        Overrides.NONE)
                .read(BridgeOptions::from);
        assertThat(options.channels().all()).hasSize(4);
    }

    @Test
    void theJavaCode_isThatOfTheExample() throws IOException {
        Matcher java = JAVA.matcher(Files.readString(README));
        assertThat(java.find()).isTrue();

        assertThat(Files.readString(Path.of("src/examples/java/Greeting.java")).replaceAll("(?m)^ +", ""))
                .contains(java.group(1).replaceAll("(?m)^ +", ""));
    }

    @Test
    void everyLink_leadsSomewhere() throws IOException {
        for (Path page : List.of(
                README,
                Path.of("CONTRIBUTING.md"),
                Path.of("src/docs/architecture.md"),
                Path.of("src/docs/protocol.md"))) {
            Matcher link = LINK.matcher(Files.readString(page));
            while (link.find()) {
                assertThat(page.resolveSibling(link.group(1)))
                        .as("link in %s", page)
                        .exists();
            }
        }
    }
}
