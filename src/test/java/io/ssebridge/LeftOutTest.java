package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.platform.suite.api.SelectClasses;

/** The integration tests that the build leaves out. */
class LeftOutTest {
    private static final Pattern LEFT_OUT = Pattern.compile("<exclude>\\*\\*/(\\w+IT)\\.java</exclude>");
    // .ci/run names all but the last.
    private static final List<String> BY_NAME_ONLY =
            List.of("AttackIT", "CrowdIT", "HostileIT", "ImageIT", "SmallHeapIT", "FirefoxIT");

    @Test
    void aTestThatTheBuildLeavesOut_isOneOfWaitingIT_orRunsOnlyByItsName() throws IOException {
        String[] waiting = Objects.requireNonNull(WaitingIT.class.getAnnotation(SelectClasses.class))
                .names();

        assertThat(LEFT_OUT.matcher(Files.readString(Path.of("pom.xml")))
                        .results()
                        .map(LeftOutTest::name))
                .containsExactlyInAnyOrderElementsOf(Stream.concat(
                                Arrays.stream(waiting).map(name -> name.substring(name.lastIndexOf('.') + 1)),
                                BY_NAME_ONLY.stream())
                        .toList());
        assertThat(Arrays.stream(waiting).map(name -> Path.of("src/test/java", name.replace('.', '/') + ".java")))
                .allMatch(Files::isRegularFile);
    }

    private static String name(MatchResult found) {
        return found.group(1);
    }
}
