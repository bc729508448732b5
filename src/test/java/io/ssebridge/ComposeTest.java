package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.FileSystemXmlConfig;
import io.ssebridge.config.Configuration;
import io.ssebridge.config.Overrides;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The files for {@code docker compose up} fit together. */
class ComposeTest {
    private static final Path FILES = Path.of("src/examples/compose");
    private static final Pattern COPY = Pattern.compile("^COPY (?!--from)(.+) \\S+$", Pattern.MULTILINE);

    private static JsonObject services() throws IOException {
        Map<String, Object> compose = new Yaml().load(Files.readString(Path.of("compose.yaml")));
        return new JsonObject(compose).getJsonObject("services");
    }

    private static String command(String service) throws IOException {
        return services().getJsonObject(service).getJsonArray("command").encode();
    }

    @Test
    void thereAreTwoNodes_aProxy_andTheCricketService() throws IOException {
        JsonObject services = services();

        assertThat(services.fieldNames()).containsExactlyInAnyOrder("node-a", "node-b", "proxy", "cricket");
        assertThat(services.getJsonObject("node-b").getMap())
                .containsAllEntriesOf(services.getJsonObject("node-a").getMap());
        for (String name : services.fieldNames()) {
            assertThat(services.fieldNames())
                    .containsAll(services.getJsonObject(name)
                            .getJsonObject("depends_on", new JsonObject())
                            .fieldNames());
        }
    }

    @Test
    void everyMountedFile_exists() throws IOException {
        for (String name : services().fieldNames()) {
            assertThat(services().getJsonObject(name).getJsonArray("volumes"))
                    .isNotEmpty()
                    .allSatisfy(
                            volume -> assertThat(Path.of(String.valueOf(volume).split(":", 2)[0]))
                                    .exists());
        }
        assertThat(command("node-a")).contains("/etc/sse-bridge/config.yaml", "/etc/sse-bridge/cluster.xml");
        assertThat(command("cricket")).contains("/build/src/examples/java/CricketMatch.java");
        assertThat(Path.of("src/examples/java/CricketMatch.java")).exists();
    }

    @Test
    void theNodes_findEachOtherByTheirNames() throws IOException {
        List<String> members = new FileSystemXmlConfig(
                        FILES.resolve("cluster.xml").toFile())
                .getNetworkConfig()
                .getJoin()
                .getTcpIpConfig()
                .getMembers();

        assertThat(members).containsExactly("node-a", "node-b");
    }

    @Test
    void theProxy_knowsTheNodes() throws IOException {
        String configuration = Files.readString(Path.of("src/examples/proxy/nginx.conf"));
        String proxy = command("proxy");
        Matcher addresses = Pattern.compile("server ([0-9.]+):8080").matcher(configuration);

        assertThat(addresses.results().map(found -> found.group(1)))
                .hasSize(2)
                .allSatisfy(address -> assertThat(proxy).contains("s/" + address + "/"));
    }

    @Test
    void theConfiguration_isValid_andNeedsNoKey() {
        BridgeOptions options =
                Configuration.of(FILES.resolve("config.yaml"), Overrides.NONE).read(BridgeOptions::from);

        assertThat(options.auth().hasKey()).isFalse();
        assertThat(options.http().port()).isEqualTo(8080);
    }

    @Test
    void everyFileOfTheImage_exists() throws IOException {
        List<String> copied = COPY.matcher(Files.readString(Path.of("Dockerfile")))
                .results()
                .flatMap(found -> Stream.of(found.group(1).split(" ", -1)))
                .toList();

        assertThat(copied)
                .hasSizeGreaterThan(5)
                .allSatisfy(file -> assertThat(Path.of(file)).exists());
        assertThat(Arrays.asList(Files.readString(Path.of("Dockerfile")).split("\n", -1)))
                .contains("USER 10001");
    }
}
