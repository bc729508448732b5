package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.ChildProcess;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** Programs that embed the bridge do not get the libraries that only the runnable jar needs. */
@Timeout(120)
class EmbedderTest {
    private static final List<String> OF_THE_JAR_ONLY = List.of(
            "snakeyaml",
            "picocli",
            "micrometer-registry-prometheus",
            "vertx-health-check",
            "HdrHistogram",
            "logback-classic");
    private static final Pattern LEFT_OUT = Pattern.compile(
            "(snakeyaml|picocli|micrometer-registry-prometheus|prometheus-metrics|vertx-health-check|HdrHistogram|logback)-.*\\.jar");

    @TempDir
    private Path directory = Path.of("");

    private static String classPath() {
        List<String> entries =
                Arrays.asList(System.getProperty("java.class.path").split(File.pathSeparator));
        List<String> kept = entries.stream()
                .filter(entry -> !LEFT_OUT.matcher(Path.of(entry).getFileName().toString())
                        .matches())
                .toList();
        assertThat(kept).hasSizeLessThanOrEqualTo(entries.size() - OF_THE_JAR_ONLY.size());
        return String.join(File.pathSeparator, kept);
    }

    @Test
    void optionsAsJson_needNoLibraryOfTheRunnableJar() {
        Map<String, String> environment = Map.of("SSE_HTTP_PORT", "81");
        List<String> java =
                List.of("-XX:TieredStopAtLevel=1", "-Dsse.http.port=82", "-cp", classPath(), Embedder.class.getName());
        try (ChildProcess embedder = ChildProcess.start("embedder", directory, environment, ChildProcess.java(java))) {
            int status = embedder.awaitExit(Duration.ofSeconds(60));

            assertThat(status).as("%s", embedder.output()).isZero();
            List<String> output = embedder.output();
            JsonObject http = new JsonObject(output.get(output.size() - 1)).getJsonObject("http");
            assertThat(http.getString("host")).isEqualTo("127.0.0.1");
            assertThat(http.getInteger("port"))
                    .as("neither the variable's nor the property's")
                    .isEqualTo(8080);
        }
    }

    @Test
    void librariesOfTheRunnableJar_areOptional() throws IOException, ParserConfigurationException, SAXException {
        NodeList dependencies = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new File("pom.xml"))
                .getElementsByTagName("dependency");
        List<String> optional = new ArrayList<>();
        for (int i = 0; i < dependencies.getLength(); i++) {
            Element dependency = (Element) dependencies.item(i);
            if (dependency.getElementsByTagName("optional").getLength() > 0) {
                optional.add(
                        dependency.getElementsByTagName("artifactId").item(0).getTextContent());
            }
        }

        assertThat(optional).containsExactlyInAnyOrderElementsOf(OF_THE_JAR_ONLY);
    }
}
