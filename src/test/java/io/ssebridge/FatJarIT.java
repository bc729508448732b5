package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A copy of the jar contains the licenses of all its libraries. */
@Timeout(120)
class FatJarIT {
    private static final Pattern CLASS = Pattern.compile("(?!META-INF/)(picocli|[^/]+/[^/]+)/.*\\.class");
    private static final Pattern LICENSE =
            Pattern.compile("(?i)(META-INF/(licenses?/)?)?[^/]*(license|notice|lgpl|third-party|attribution)[^/]*");

    private static JarFile jar() throws IOException {
        return new JarFile(System.getProperty("bridge.jar"));
    }

    private static String text(JarFile jar, String name) throws IOException {
        JarEntry entry = jar.getJarEntry(name);
        assertThat(entry).as(name).isNotNull();
        try (InputStream in = jar.getInputStream(entry)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void licensesAndNotices_areThere() throws IOException {
        try (JarFile jar = jar()) {
            assertThat(text(jar, "META-INF/LICENSE")).contains("Apache License", "END OF TERMS AND CONDITIONS");
            assertThat(text(jar, "META-INF/NOTICE")).contains("SSE Bridge", "Agrona", "Jackson");
            assertThat(text(jar, "META-INF/licenses/LGPL-2.1.txt")).contains("GNU LESSER GENERAL PUBLIC LICENSE");
            assertThat(text(jar, "META-INF/FastDoubleParser-NOTICE")).contains("Werner Randelshofer");
            for (String file : List.of(
                    "THIRD-PARTY.txt",
                    "META-INF/attribution.txt",
                    "LICENSE-ClassGraph.txt",
                    "META-INF/FastDoubleParser-LICENSE",
                    "META-INF/thirdparty-LICENSE")) {
                assertThat(text(jar, file)).isNotBlank();
            }
        }
    }

    @Test
    void librariesThatEmbeddersDoNotGet_areThere() throws IOException {
        try (JarFile jar = jar()) {
            assertThat(jar.stream().map(JarEntry::getName))
                    .contains(
                            "picocli/CommandLine.class",
                            "org/yaml/snakeyaml/Yaml.class",
                            "org/HdrHistogram/Histogram.class",
                            "ch/qos/logback/classic/Logger.class",
                            "io/micrometer/prometheusmetrics/PrometheusMeterRegistry.class");
        }
    }

    @Test
    void everyFileWithALicense_isNamedInTheList() throws IOException {
        try (JarFile jar = jar()) {
            List<String> files = jar.stream()
                    .map(JarEntry::getName)
                    .filter(name -> LICENSE.matcher(name).matches())
                    .map(name -> name.substring(name.lastIndexOf('/') + 1))
                    .toList();

            assertThat(files).hasSizeGreaterThan(8);
            assertThat(text(jar, "META-INF/licenses/THIRD-PARTY.txt")).contains(files);
        }
    }

    @Test
    void theListOfComponentsBesideTheJar_namesItsLibraries_andNoOthers() throws IOException {
        Path list = Path.of(System.getProperty("bridge.jar").replaceFirst("\\.jar$", ".cdx.json"));
        // Maven makes it only if it is online.
        assumeThat(Files.exists(list) || "true".equals(System.getenv("SBOM_REQUIRED")))
                .isTrue();
        JsonObject sbom = new JsonObject(Files.readString(list));
        List<String> names = sbom.getJsonArray("components").stream()
                .map(component -> ((JsonObject) component).getString("name"))
                .toList();

        assertThat(sbom.getString("bomFormat")).isEqualTo("CycloneDX");
        assertThat(names)
                .contains("vertx-core", "hazelcast", "netty-transport-native-epoll", "snakeyaml", "logback-classic")
                .doesNotContain("junit-jupiter", "assertj-core", "error_prone_annotations");
    }

    @Test
    void everyBundledPackage_isListedWithItsLicense() throws IOException {
        try (JarFile jar = jar()) {
            Set<String> packages = new TreeSet<>();
            jar.stream()
                    .map(JarEntry::getName)
                    .map(CLASS::matcher)
                    .filter(Matcher::matches)
                    .forEach(matched -> packages.add(matched.group(1).replace('/', '.')));
            packages.remove("io.ssebridge");

            assertThat(packages).hasSizeGreaterThan(5);
            assertThat(text(jar, "META-INF/licenses/THIRD-PARTY.txt").lines().map(line -> line.split(" ", 2)[0]))
                    .containsAll(packages);
        }
    }
}
