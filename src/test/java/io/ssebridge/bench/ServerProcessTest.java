package io.ssebridge.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class ServerProcessTest {
    private static final long PID = ProcessHandle.current().pid();

    @BeforeAll
    static void loadWhatItNeeds() {
        assertThat(new ServerProcess(List.of(PID)).residentBytes()).isPositive();
    }

    @Test
    void withoutProcesses_nothingIsUsed() {
        ServerProcess none = new ServerProcess(List.of());

        assertThat(none.residentBytes()).isZero();
        assertThat(none.cpuSeconds()).isZero();
    }

    @Test
    void memoryThatProcessesShare_countsOnce() throws Exception {
        long own = 1024
                * Files.readAllLines(Path.of("/proc/self/status")).stream()
                        .filter(line -> line.startsWith("RssAnon:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                        .findFirst()
                        .orElseThrow();

        long once = new ServerProcess(List.of(PID)).residentBytes();
        long twice = new ServerProcess(List.of(PID, PID)).residentBytes();

        // The files of a JVM (its libraries, the archive of its classes) are more than the tests need in between.
        assertThat(once).isGreaterThan(own);
        assertThat(twice - once).isBetween(own / 2, own * 2).isLessThan(once);
    }

    @Test
    void aProcessThatIsNotThere_isRefused() {
        assertThatThrownBy(() -> new ServerProcess(List.of(Long.MAX_VALUE)))
                .hasMessage("--pid: 9223372036854775807 (expected: a running process of Linux)");
    }
}
