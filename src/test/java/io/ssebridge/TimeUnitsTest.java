package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Finds numbers that are times, but do not say their unit: a field, a component of a record, a parameter, a variable or
 * a method with a name that ends with a word for a time. The name must end with a unit, or the type must be a {@code Duration} or
 * an {@code Instant}.
 */
class TimeUnitsTest {
    private static final Pattern TIME_WITHOUT_UNIT = Pattern.compile("\\b(?:long|Long|OptionalLong|AtomicLong)\\s+"
            + "((?:[a-z]\\w*?(?=[A-Z]))?(?i:since|until|expires|expiry|expired|deadline|time|now|at|due|age|timeout|ttl"
            + "|started|ended|begun|asked|looked|warned|heard|written|noticed|origin|elapsed|wait|waited|delay"
            + "|pause|idle|interval|period|patience|window|silence|lifetime|duration|tick|late|minute))\\b");

    // Quoted text, and comments.
    private static final Pattern NO_CODE = Pattern.compile(
            "(?s)\"{3}.*?(?<!\\\\)\"{3}|\"(?:[^\"\\\\\n]++|\\\\.)*+\"|'(?:[^'\\\\]|\\\\[^\n]+?)'|//[^\n]*|/[*].*?[*]/");

    @Test
    void everyNumberThatIsATime_saysItsUnit() throws IOException {
        List<String> findings = new ArrayList<>();
        for (Path root : List.of(Path.of("src/main"), Path.of("src/bench"))) {
            try (Stream<Path> all = Files.walk(root)) {
                for (Path file : all.filter(each -> each.toString().endsWith(".java"))
                        .sorted()
                        .toList()) {
                    find(Files.readString(file)).forEach(name -> findings.add("%s: %s".formatted(file, name)));
                }
            }
        }
        assertThat(findings).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "private long since;",
                "record Start(long time) {}",
                "void used(long now) {",
                "private volatile long emptySince = 0;",
                "long longestSilence() {",
                "static final long MINUTE = 60_000;",
                "record Start(OptionalLong\n        since) {}",
            })
    void aTimeWithoutAUnit_isFound(String java) {
        assertThat(find(java)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "private long sinceMillis;",
                "void made(long startedNanos, long endedNanos) {",
                "long nowSeconds = clock.millis() / 1_000;",
                "private Duration timeout;",
                "int at = name.indexOf('@');",
                "record Page(long from, long last) {}",
                "long chat = 0;",
                "// A long time ago.",
                "String s = \"long since\";",
            })
    void anyOtherName_isNotFound(String java) {
        assertThat(find(java)).isEmpty();
    }

    private static List<String> find(String java) {
        List<String> names = new ArrayList<>();
        Matcher time = TIME_WITHOUT_UNIT.matcher(NO_CODE.matcher(java).replaceAll(" "));
        while (time.find()) {
            names.add(time.group(1));
        }
        return names;
    }
}
