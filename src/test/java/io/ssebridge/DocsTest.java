package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.config.ConfigException;
import io.ssebridge.config.Configuration;
import io.ssebridge.config.Overrides;
import io.ssebridge.testing.MarkdownPage;
import io.ssebridge.testing.PublicKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The documentation is read far more often than the code. This test keeps its tables, examples and links true. */
class DocsTest {
    private static final Path PROXIES = Path.of("src/docs/proxies.md");
    private static final Pattern FIRST_CELL = Pattern.compile("^\\| `([^`]+)` \\|", Pattern.MULTILINE);
    private static final String README = "README.md";
    private static final String CONFIGURATION = "src/docs/configuration.md";
    private static final String HTTP_API = "src/docs/http-api.md";
    private static final String EVENT_BUS = "src/docs/event-bus.md";
    private static final String OPERATIONS = "src/docs/operations.md";
    private static final String PROTOCOL = "src/docs/protocol.md";
    private static final List<String> SHORT_CELLS =
            List.of(README, CONFIGURATION, HTTP_API, EVENT_BUS, OPERATIONS, PROTOCOL);
    private static final int MAX_README_LINES = 150;
    private static final int MAX_CELL_WORDS = 25;

    private static final String SOURCES = "src/main/java/io/ssebridge/";
    private static final Overrides SECRET =
            new Overrides(Map.of("SSE_AUTH_JWT_SECRET", "0123456789abcdef0123456789abcdef"), Map.of());
    private static final Pattern UNKNOWN_KEY = Pattern.compile("unknown key \\(expected: ([^)]+)\\)");
    private static final Pattern PROBLEM = Pattern.compile("new Problem\\(\\s*(\\d{3}),\\s*\"([a-z-]+)\"");
    private static final Pattern REFUSAL = Pattern.compile("public static final int [A-Z_]+ = (\\d{3});");
    private static final Pattern REASON = Pattern.compile("[A-Z_]+\\(\"([a-z-]+)\"");
    // A node that does not lead a channel answers it to another node only.
    private static final String MISDIRECTED = "421";

    @Test
    void theTablesOfKeys_areThoseOfTheCode() throws IOException {
        String page = MarkdownPage.of(CONFIGURATION).text();

        assertThat(page)
                .as("java -jar target/sse-bridge.jar check-config --reference prints the page anew")
                .isEqualTo(BridgeOptions.reference().fill(page));
        assertThat(firstCells(CONFIGURATION, "| Key | Default | Type |"))
                .containsExactlyElementsOf(BridgeOptions.reference().keys());
    }

    @Test
    void everyKeyThatTheConfigurationAccepts_isInTheReference() {
        List<String> keys = new ArrayList<>();
        collect("", inner -> inner, keys);
        assertThat(keys).hasSizeGreaterThan(60).contains("http.port", "channels[].history.ttl");
        assertThat(BridgeOptions.reference().keys()).containsAll(keys);
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

    /** Returns the expected keys in place of zzzzzzzz; none if no section can be there. */
    private static List<String> known(String yaml) {
        try {
            BridgeOptions unused = new Configuration("test", yaml, SECRET).read(BridgeOptions::from);
            return List.of();
        } catch (ConfigException e) {
            Matcher matcher = UNKNOWN_KEY.matcher(String.valueOf(e.getMessage()));
            return matcher.find() ? List.of(matcher.group(1).split(", ")) : List.of();
        }
    }

    @Test
    void theExampleConfiguration_isValid(@TempDir Path directory) throws IOException {
        Path key = Files.writeString(directory.resolve("issuer.pem"), PublicKeys.rsa(2048));
        String yaml =
                MarkdownPage.of(CONFIGURATION).example("yaml").replace("/etc/sse-bridge/issuer.pem", key.toString());

        BridgeOptions options = new Configuration(CONFIGURATION, yaml, Overrides.NONE).read(BridgeOptions::from);

        assertThat(options.channels().all()).hasSize(4);
    }

    @Test
    void theJavaCodeOfTheReadme_isThatOfTheExample() throws IOException {
        String java = MarkdownPage.of(README).example("java").replaceAll("(?m)^ +", "");

        assertThat(Files.readString(Path.of("src/examples/java/Greeting.java")).replaceAll("(?m)^ +", ""))
                .contains(java);
    }

    @Test
    void everyProblem_isInTheTableWithItsStatus_andNoOther() throws IOException {
        Set<String> problems = new TreeSet<>();
        PROBLEM.matcher(Files.readString(Path.of(SOURCES, "request/Problem.java")))
                .results()
                .forEach(problem -> problems.add(problem.group(1) + " " + problem.group(2)));
        assertThat(problems).hasSizeGreaterThan(15).contains("401 bad-token", "503 unavailable");

        assertThat(MarkdownPage.of(HTTP_API).rows("| Status | Type |"))
                .extracting(row -> row.get(0) + " " + unquoted(row.get(1)))
                .containsExactlyInAnyOrderElementsOf(problems);
    }

    @Test
    void everyCodeOfARefusedRequest_isInTheTable_andNoOther() throws IOException {
        Set<String> codes = found(REFUSAL, "wire/Refusals.java");
        assertThat(codes.remove(MISDIRECTED)).isTrue();

        assertThat(firstCells(EVENT_BUS, "| Code |")).containsExactlyInAnyOrderElementsOf(codes);
    }

    @Test
    void everyReasonForAnEndOrAReset_isInTheTable_andNoOther() throws IOException {
        Set<String> ends = found(REASON, "subscriber/CloseReason.java");
        Set<String> resets = found(REASON, "history/Replay.java");
        assertThat(ends).contains("draining");
        assertThat(resets).contains("expired");

        assertThat(firstCells(PROTOCOL, "| `reason` of `stream-error` |")).containsExactlyInAnyOrderElementsOf(ends);
        assertThat(firstCells(PROTOCOL, "| `reason` of `stream-reset` |")).containsExactlyInAnyOrderElementsOf(resets);
    }

    private static Set<String> found(Pattern pattern, String source) throws IOException {
        Set<String> all = new TreeSet<>();
        pattern.matcher(Files.readString(Path.of(SOURCES, source))).results().forEach(one -> all.add(one.group(1)));
        return all;
    }

    private static List<String> firstCells(String page, String header) throws IOException {
        return MarkdownPage.of(page).rows(header).stream()
                .map(row -> unquoted(row.get(0)))
                .toList();
    }

    private static String unquoted(String cell) {
        return cell.replace("`", "");
    }

    @Test
    void everyLink_leadsToAFileAndAHeading() throws IOException {
        List<MarkdownPage> pages = new ArrayList<>(MarkdownPage.below("src/docs"));
        pages.add(MarkdownPage.of(README));
        pages.add(MarkdownPage.of("CONTRIBUTING.md"));
        int links = 0;
        for (MarkdownPage page : pages) {
            for (String link : page.links()) {
                check(page, link);
                links++;
            }
        }
        assertThat(links).isGreaterThan(100);
    }

    private static void check(MarkdownPage page, String link) throws IOException {
        int hash = link.indexOf('#');
        String file = hash < 0 ? link : link.substring(0, hash);
        Path target = file.isEmpty() ? page.file() : page.file().resolveSibling(file);
        assertThat(target).as("%s in %s", link, page.file()).exists();
        if (hash >= 0) {
            assertThat(MarkdownPage.of(target.toString()).anchors())
                    .as("%s in %s", link, page.file())
                    .contains(link.substring(hash + 1));
        }
    }

    @Test
    void noCellOfATable_isTooLong() throws IOException {
        for (String file : SHORT_CELLS) {
            assertThat(MarkdownPage.of(file).cells())
                    .as(file)
                    .isNotEmpty()
                    .allSatisfy(cell -> assertThat(cell.split("\\s+")).hasSizeLessThanOrEqualTo(MAX_CELL_WORDS));
        }
    }

    @Test
    void theReadme_isShort() throws IOException {
        assertThat(Files.readAllLines(Path.of(README))).hasSizeLessThanOrEqualTo(MAX_README_LINES);
    }

    @Test
    void everyLineOfAProxy_isInItsConfiguration() throws IOException {
        List<String> sections = List.of(Files.readString(PROXIES).split("\n(?=## )"));
        for (String file : List.of("nginx.conf", "haproxy.cfg", "Caddyfile", "apache.conf")) {
            String path = "../examples/proxy/" + file;
            String section = sections.stream()
                    .skip(1)
                    .filter(each -> each.contains("](" + path + ")"))
                    .findFirst()
                    .orElseThrow();
            List<String> lines = FIRST_CELL
                    .matcher(section)
                    .results()
                    .map(cell -> cell.group(1))
                    .toList();
            assertThat(lines).as(file).hasSizeGreaterThan(3);
            assertThat(Files.readString(PROXIES.resolveSibling(path))).contains(lines);
        }
    }

    // What a proxy answers in place of a node that is away is the same event everywhere, and the one that is
    // documented.
    @Test
    void theAnswerOfAProxyWithoutNodes_isTheOneThatIsDocumented() throws IOException {
        Matcher documented = Pattern.compile("```\n(event: stream-error\n.*?\n\n)```", Pattern.DOTALL)
                .matcher(Files.readString(PROXIES));
        assertThat(documented.find()).isTrue();
        for (String file : List.of("later.http", "later.asis", "Caddyfile")) {
            assertThat(Files.readString(PROXIES.resolveSibling("../examples/proxy/" + file)))
                    .as(file)
                    .contains(documented.group(1));
        }
        assertThat(Files.readString(PROXIES.resolveSibling("../examples/proxy/nginx.conf")))
                .contains(documented.group(1).replace("\n", "\\n").replace("3000", "$retry"));
    }
}
