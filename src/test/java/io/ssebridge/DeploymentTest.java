package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.FileSystemXmlConfig;
import io.ssebridge.config.Configuration;
import io.ssebridge.config.Overrides;
import io.ssebridge.testing.NodeSetup;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The files in {@code src/ops} agree with each other, with the Dockerfile and with the bridge. */
class DeploymentTest {
    private static final Path KUBERNETES = Path.of("src/ops/kubernetes");
    private static final Path UNIT = Path.of("src/ops/systemd/sse-bridge.service");
    private static final Path IMAGE = Path.of("src/ops/image");
    private static final JsonObject LABELS = new JsonObject().put("app.kubernetes.io/name", "sse-bridge");
    // How long a node may take after its grace and its drain, as src/docs/operations.md says.
    private static final int MARGIN_SECONDS = 10;

    private static Stream<JsonObject> documents(String file) throws IOException {
        return StreamSupport.stream(
                        new Yaml()
                                .loadAll(Files.readString(KUBERNETES.resolve(file)))
                                .spliterator(),
                        false)
                .map(DeploymentTest::json);
    }

    /** The numbers of YAML as JSON has them. */
    @SuppressWarnings("unchecked")
    private static JsonObject json(Object document) {
        return new JsonObject(new JsonObject((Map<String, Object>) document).encode());
    }

    private static JsonObject only(String file) throws IOException {
        List<JsonObject> all = documents(file).toList();
        assertThat(all).as(file).hasSize(1);
        return all.get(0);
    }

    private static JsonObject at(JsonObject object, String... path) {
        JsonObject inner = object;
        for (String key : path) {
            inner = inner.getJsonObject(key);
            assertThat(inner).as(key).isNotNull();
        }
        return inner;
    }

    private static Stream<JsonObject> each(JsonArray array) {
        return array.stream().map(JsonObject.class::cast);
    }

    private static JsonObject pod() throws IOException {
        return at(only("nodes.yaml"), "spec", "template", "spec");
    }

    private static JsonObject container() throws IOException {
        return pod().getJsonArray("containers").getJsonObject(0);
    }

    private static BridgeOptions options() {
        Overrides key = new Overrides(Map.of("SSE_AUTH_JWT_SECRET", NodeSetup.SECRET), Map.of());
        return Configuration.of(KUBERNETES.resolve("config.yaml"), key).read(BridgeOptions::from);
    }

    private static Map<String, Integer> ports() throws IOException {
        Map<String, Integer> ports = new TreeMap<>();
        each(container().getJsonArray("ports"))
                .forEach(port -> ports.put(port.getString("name"), port.getInteger("containerPort")));
        return ports;
    }

    @Test
    void everyFileOfTheKustomization_exists() throws IOException {
        JsonObject kustomization = only("kustomization.yaml");
        JsonObject files = kustomization.getJsonArray("configMapGenerator").getJsonObject(0);

        assertThat(Stream.concat(kustomization.getJsonArray("resources").stream(), files.getJsonArray("files").stream())
                        .map(String::valueOf))
                .hasSize(6)
                .allSatisfy(file -> assertThat(KUBERNETES.resolve(file)).exists());
        assertThat(pod().getJsonArray("volumes")
                        .getJsonObject(0)
                        .getJsonObject("configMap")
                        .getString("name"))
                .isEqualTo(files.getString("name"));
        assertThat(each(kustomization.getJsonArray("labels")).map(each -> each.getJsonObject("pairs")))
                .containsExactly(LABELS);
    }

    @Test
    void aNode_isKilledTenSecondsAfterItsDrain() throws IOException {
        long seconds = options().shutdown().total().toSeconds() + MARGIN_SECONDS;

        assertThat(pod().getLong("terminationGracePeriodSeconds")).isEqualTo(seconds);
        assertThat(only("nodes.yaml").getJsonObject("spec").getInteger("minReadySeconds"))
                .isPositive();
    }

    @Test
    void thePorts_areThoseOfTheConfiguration() throws IOException {
        BridgeOptions options = options();
        int hazelcast = new FileSystemXmlConfig(
                        KUBERNETES.resolve("cluster.xml").toFile())
                .getNetworkConfig()
                .getPort();

        assertThat(ports())
                .isEqualTo(Map.of(
                        "http",
                        options.http().port(),
                        "management",
                        options.management().port().orElseThrow(),
                        "hazelcast",
                        hazelcast,
                        "event-bus",
                        options.cluster().port()));
        assertThat(documents("services.yaml")
                        .flatMap(service -> each(at(service, "spec").getJsonArray("ports"))))
                .hasSize(3)
                .allSatisfy(port -> assertThat(ports()).containsKey(port.getString("targetPort")))
                .filteredOn(port -> !"http".equals(port.getString("name")))
                .allSatisfy(port ->
                        assertThat(ports()).containsEntry(port.getString("targetPort"), port.getInteger("port")));
        assertThat(each(at(only("network.yaml"), "spec").getJsonArray("ingress"))
                        .flatMap(rule -> each(rule.getJsonArray("ports")))
                        .map(port -> port.getString("port")))
                .containsExactlyInAnyOrderElementsOf(ports().keySet());
    }

    @Test
    void theProbes_askForPathsThatExist() throws IOException {
        String routes = Files.readString(Path.of("src/main/java/io/ssebridge/http/LoopServer.java"));
        JsonObject container = container();

        for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
            JsonObject asked = at(container, probe, "httpGet");
            assertThat(asked.getString("port")).isEqualTo("http");
            assertThat(routes).contains("\"" + asked.getString("path").substring(1) + "\"");
        }
        assertThat(at(container, "readinessProbe", "httpGet").getString("path")).isEqualTo("/health/ready");
        assertThat(Files.readString(IMAGE.resolve("health"))).contains("/health/live");
    }

    @Test
    void theNodes_findEachOtherByTheHeadlessService_alsoBeforeTheyAreReady() throws IOException {
        String dns = new FileSystemXmlConfig(KUBERNETES.resolve("cluster.xml").toFile())
                .getNetworkConfig()
                .getJoin()
                .getKubernetesConfig()
                .getProperty("service-dns");
        JsonObject headless = documents("services.yaml")
                .filter(service -> "None".equals(at(service, "spec").getString("clusterIP")))
                .findAny()
                .orElseThrow();

        assertThat(at(headless, "metadata").getString("name")).isEqualTo(dns);
        assertThat(at(headless, "spec").getBoolean("publishNotReadyAddresses")).isTrue();
        JsonObject nodes = at(only("nodes.yaml"), "spec");
        assertThat(nodes.getString("serviceName")).isEqualTo(dns);
        assertThat(nodes.getString("podManagementPolicy")).isEqualTo("OrderedReady");
    }

    @Test
    void everythingSelectsTheNodes() throws IOException {
        assertThat(documents("services.yaml").map(service -> at(service, "spec", "selector")))
                .containsOnly(LABELS);
        assertThat(List.of(
                        at(only("nodes.yaml"), "spec", "selector", "matchLabels"),
                        at(only("disruption.yaml"), "spec", "selector", "matchLabels"),
                        at(only("network.yaml"), "spec", "podSelector", "matchLabels")))
                .containsOnly(LABELS);
    }

    @Test
    void onlyMembers_reachHazelcast() throws IOException {
        JsonObject rule = each(at(only("network.yaml"), "spec").getJsonArray("ingress"))
                .filter(each -> each.getJsonArray("ports").encode().contains("hazelcast"))
                .findAny()
                .orElseThrow();

        assertThat(each(rule.getJsonArray("from")).map(from -> at(from, "podSelector", "matchLabels")))
                .containsExactly(LABELS, new JsonObject().put("sse-bridge/member", "true"));
    }

    @Test
    void aNode_isNotRoot_andWritesToTmpOnly() throws IOException {
        JsonObject own = at(container(), "securityContext");

        assertThat(at(pod(), "securityContext").getBoolean("runAsNonRoot")).isTrue();
        assertThat(own.getBoolean("readOnlyRootFilesystem")).isTrue();
        assertThat(own.getBoolean("allowPrivilegeEscalation")).isFalse();
        assertThat(Files.readString(Path.of("Dockerfile")).lines())
                .contains("USER " + at(pod(), "securityContext").getInteger("runAsUser"));
        assertThat(Files.readString(IMAGE.resolve("debian.sh")))
                .contains("--user " + at(pod(), "securityContext").getInteger("runAsUser") + " ");
        assertThat(each(container().getJsonArray("volumeMounts"))
                        .filter(mount -> !mount.getBoolean("readOnly", false))
                        .map(mount -> mount.getString("mountPath")))
                .containsExactly("/tmp");
    }

    @Test
    void theFilesOfAPod_areWhereItsArgumentsSay() throws IOException {
        List<String> arguments =
                container().getJsonArray("args").stream().map(String::valueOf).toList();

        assertThat(arguments)
                .containsExactly(
                        "-conf", "/etc/sse-bridge/config.yaml", "--cluster-config", "/etc/sse-bridge/cluster.xml");
        assertThat(each(container().getJsonArray("volumeMounts")).map(mount -> mount.getString("mountPath")))
                .contains("/etc/sse-bridge");
    }

    @Test
    void theUnitOfSystemd_waitsForTheDrain_andForAReadyNode() throws IOException {
        String unit = Files.readString(UNIT);
        long seconds = ShutdownOptions.DEFAULT.total().toSeconds() + MARGIN_SECONDS;

        assertThat(unit.lines())
                .contains(
                        "TimeoutStopSec=" + seconds,
                        "KillMode=mixed",
                        "Restart=on-failure",
                        "ExecStartPost=/opt/sse-bridge/health --wait $MAINPID /health/ready")
                // The JVM compiles while it runs.
                .noneMatch(line -> line.startsWith("MemoryDenyWriteExecute"));
    }

    @Test
    void theImage_startsJavaWithWhatItsScriptsWrite() throws IOException {
        String dockerfile = Files.readString(Path.of("Dockerfile"));
        Matcher entry = Pattern.compile("^ENTRYPOINT (.*)$", Pattern.MULTILINE).matcher(dockerfile);
        assertThat(entry.find()).isTrue();

        assertThat(new JsonArray(entry.group(1)).stream().map(String::valueOf))
                .startsWith("/sse-bridge/runtime/bin/java", "@/sse-bridge/java.options")
                .endsWith("-jar", "/sse-bridge/sse-bridge.jar");
        assertThat(dockerfile)
                .contains("runtime.sh target/sse-bridge.jar /runtime", "COPY --from=build /runtime runtime")
                .contains("./archive.sh runtime/bin/java /sse-bridge/sse-bridge.jar");
        assertThat(Files.readString(IMAGE.resolve("archive.sh"))).contains("java.options");
        for (String script : List.of("runtime.sh", "archive.sh", "debian.sh", "health")) {
            assertThat(IMAGE.resolve(script)).isExecutable();
        }
    }
}
