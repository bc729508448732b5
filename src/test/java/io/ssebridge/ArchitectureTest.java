package io.ssebridge;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.ssebridge.request.BodyReader;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The layout is the architecture: {@code src/docs/architecture.md} draws the arrows that are checked here. */
@AnalyzeClasses(packages = "io.ssebridge", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final Path SOURCES = Path.of("src/main/java");
    private static final double MOST_PERCENT = 15;

    private static final String ROOT = "io.ssebridge";

    /** A main thread that starts a node, the thread of a shutdown, and commands that end: they may wait. */
    private static final DescribedPredicate<JavaClass> MAY_WAIT =
            resideInAPackage("io.ssebridge.cli..").or(resideInAPackage("io.ssebridge.bench.."));

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("io.ssebridge.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule arrowsPointOneWay = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("root")
            .definedBy(ROOT)
            .layer("cli")
            .definedBy("io.ssebridge.cli..")
            .layer("bench")
            .definedBy("io.ssebridge.bench..")
            .layer("http")
            .definedBy("io.ssebridge.http..")
            .layer("demo")
            .definedBy("io.ssebridge.demo..")
            .layer("http1")
            .definedBy("io.ssebridge.http1..")
            .layer("http2")
            .definedBy("io.ssebridge.http2..")
            .layer("tls")
            .definedBy("io.ssebridge.tls..")
            .layer("request")
            .definedBy("io.ssebridge.request..")
            .layer("management")
            .definedBy("io.ssebridge.management..")
            .layer("control")
            .definedBy("io.ssebridge.control..")
            .layer("cluster")
            .definedBy("io.ssebridge.cluster..")
            .layer("bus")
            .definedBy("io.ssebridge.bus..")
            .layer("presence")
            .definedBy("io.ssebridge.presence..")
            .layer("personal")
            .definedBy("io.ssebridge.personal..")
            .layer("leader")
            .definedBy("io.ssebridge.leader..")
            .layer("membership")
            .definedBy("io.ssebridge.membership..")
            .layer("wire")
            .definedBy("io.ssebridge.wire..")
            .layer("hub")
            .definedBy("io.ssebridge.hub..")
            .layer("hook")
            .definedBy("io.ssebridge.hook..")
            .layer("subscriber")
            .definedBy("io.ssebridge.subscriber..")
            .layer("history")
            .definedBy("io.ssebridge.history..")
            .layer("access")
            .definedBy("io.ssebridge.access..")
            .layer("event")
            .definedBy("io.ssebridge.event..")
            .layer("channel")
            .definedBy("io.ssebridge.channel..")
            .layer("config")
            .definedBy("io.ssebridge.config..")
            .layer("time")
            .definedBy("io.ssebridge.time..")
            .layer("encoding")
            .definedBy("io.ssebridge.encoding..")
            .layer("loop")
            .definedBy("io.ssebridge.loop..")
            .layer("gzip")
            .definedBy("io.ssebridge.gzip..")
            .layer("meters")
            .definedBy("io.ssebridge.meters..")
            .whereLayer("cli")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("root")
            .mayOnlyBeAccessedByLayers("cli")
            .whereLayer("bench")
            .mayNotAccessAnyLayer()
            .whereLayer("http")
            .mayOnlyAccessLayers(
                    "control",
                    "demo",
                    "http1",
                    "http2",
                    "tls",
                    "request",
                    "bus",
                    "presence",
                    "hub",
                    "hook",
                    "subscriber",
                    "access",
                    "event",
                    "channel",
                    "config",
                    "time",
                    "encoding")
            .whereLayer("demo")
            .mayOnlyAccessLayers("membership", "wire", "hub", "channel", "time")
            .whereLayer("http1")
            .mayOnlyAccessLayers("subscriber", "time")
            .whereLayer("http2")
            .mayOnlyAccessLayers("http1", "subscriber", "time")
            .whereLayer("tls")
            .mayOnlyAccessLayers("config")
            .whereLayer("request")
            .mayOnlyAccessLayers("event", "config", "encoding")
            .whereLayer("management")
            .mayOnlyAccessLayers("http", "config")
            .whereLayer("control")
            .mayOnlyAccessLayers(
                    "bus",
                    "presence",
                    "wire",
                    "hub",
                    "subscriber",
                    "access",
                    "event",
                    "channel",
                    "config",
                    "time",
                    "encoding")
            .whereLayer("cluster")
            .mayOnlyAccessLayers("membership", "history", "event", "channel", "tls", "config", "time", "encoding")
            .whereLayer("bus")
            .mayOnlyAccessLayers(
                    "presence",
                    "personal",
                    "leader",
                    "membership",
                    "wire",
                    "hub",
                    "subscriber",
                    "history",
                    "event",
                    "channel",
                    "config",
                    "time",
                    "encoding",
                    "loop",
                    "meters")
            .whereLayer("presence")
            .mayOnlyAccessLayers(
                    "leader",
                    "membership",
                    "wire",
                    "hub",
                    "subscriber",
                    "event",
                    "channel",
                    "config",
                    "time",
                    "encoding")
            .whereLayer("personal")
            .mayOnlyAccessLayers("hub", "history", "event", "channel", "time", "encoding")
            .whereLayer("leader")
            .mayOnlyAccessLayers(
                    "membership", "wire", "history", "event", "channel", "config", "time", "loop", "meters")
            .whereLayer("membership")
            .mayOnlyAccessLayers("wire", "channel", "time", "loop")
            .whereLayer("wire")
            .mayOnlyAccessLayers("event", "channel", "encoding")
            .whereLayer("hub")
            .mayOnlyAccessLayers(
                    "hook", "subscriber", "history", "event", "channel", "config", "time", "loop", "meters")
            .whereLayer("hook")
            .mayOnlyAccessLayers("event", "channel", "time", "encoding")
            .whereLayer("subscriber")
            .mayOnlyAccessLayers("event", "config", "time", "loop", "gzip")
            .whereLayer("history")
            .mayOnlyAccessLayers("event", "channel", "time")
            .whereLayer("access")
            .mayOnlyAccessLayers("channel", "config", "encoding")
            .whereLayer("event")
            .mayOnlyAccessLayers("channel", "encoding")
            .whereLayer("channel")
            .mayOnlyAccessLayers("config", "encoding")
            .whereLayer("config")
            .mayNotAccessAnyLayer()
            .whereLayer("time")
            .mayNotAccessAnyLayer()
            .whereLayer("encoding")
            .mayNotAccessAnyLayer()
            .whereLayer("gzip")
            .mayNotAccessAnyLayer()
            .whereLayer("meters")
            .mayOnlyAccessLayers("channel")
            .whereLayer("loop")
            .mayNotAccessAnyLayer();

    @ArchTest
    static final ArchRule hazelcastIsKnownToClusterOnly =
            onlyIn("io.ssebridge.cluster..", "com.hazelcast..", "io.vertx.spi.cluster.hazelcast..");

    @ArchTest
    static final ArchRule vertxWebIsKnownToHttpAndTheFrontDoorOnly = noClasses()
            .that(not(resideInAPackage("io.ssebridge.http..")
                    .or(belongToAnyOf(Bridge.class, BridgeOptions.class, BodyReader.class))))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx.ext.web..");

    @ArchTest
    static final ArchRule picocliIsKnownToTheCommandLineOnly = onlyIn("io.ssebridge.cli..", "picocli..");

    @ArchTest
    static final ArchRule snakeyamlIsKnownToOneClassOnly = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("io.ssebridge.config.YamlText")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.yaml..");

    @ArchTest
    static final ArchRule nettyIsKnownToTheFastPathOnly = noClasses()
            .that(
                    not(
                            nameMatching(
                                    "io\\.ssebridge\\.(subscriber\\.(EncodedBatch.*|SharedBody|DirectMemory)|http[12]\\..*|cluster\\.Cluster|request\\.Problem|loop\\.LoopContexts|bus\\.PublishSpans|http\\.(GoneClients|LoopContext|RequestDispatcher))")))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.netty..", "io.vertx.core.internal..", "io.vertx.core.net.impl..");

    @ArchTest
    static final ArchRule logbackIsKnownToLoggingOnly = onlyIn("io.ssebridge.logging..", "ch.qos.logback..");

    @ArchTest
    static final ArchRule jwtIsKnownToAccessOnly =
            onlyIn("io.ssebridge.access..", "io.vertx.ext.auth..", "com.nimbusds..");

    @ArchTest
    static final ArchRule nimbusIsKnownToOneClassOnly = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("io.ssebridge.access.KeySetReader")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("com.nimbusds..");

    @ArchTest
    static final ArchRule nothingSleeps = noClasses().should().callMethodWhere(call(Thread.class, "sleep|join"));

    @ArchTest
    static final ArchRule nothingWaitsForAFuture = noClasses()
            .that(not(MAY_WAIT))
            .should()
            .callMethodWhere(call(Future.class, "await|toCompletionStage")
                    .or(call(CompletionStage.class, "toCompletableFuture|get|join"))
                    .or(call(java.util.concurrent.Future.class, "get|join")));

    /** Without an executor the step runs on the thread that completes the stage, such as one of Hazelcast's. */
    @ArchTest
    static final ArchRule stagesGoOnWhereTold = noClasses()
            .should()
            .callMethodWhere(call(
                    CompletionStage.class,
                    "(?!.*Async$)(whenComplete|handle|exceptionally\\w*|then\\w+|run\\w+|accept\\w+)"));

    @ArchTest
    static final ArchRule nothingTakesALock = noClasses()
            .that(not(MAY_WAIT))
            .should()
            .dependOnClassesThat(resideInAnyPackage("java.util.concurrent.locks..")
                    .or(nameMatching("java\\.util\\.concurrent\\.(CountDownLatch|Semaphore|CyclicBarrier|Phaser"
                            + "|Exchanger|[A-Z][a-z]*BlockingQueue|[A-Z][a-z]*BlockingDeque)")))
            .orShould()
            .callMethodWhere(call(Object.class, "wait"));

    /** All event loops use these. Their guards are their own, held for one copy, one operation or some comparisons. */
    @ArchTest
    static final ArchRule nothingElseIsSynchronized = noMethods()
            .that()
            .areNotDeclaredIn("io.ssebridge.history.MemoryHistory$Ring")
            .and()
            .areNotDeclaredIn("io.ssebridge.channel.ChannelRoom")
            .and()
            .areNotDeclaredIn("io.ssebridge.membership.LocalMap")
            .and()
            .areNotDeclaredIn("io.ssebridge.membership.SplitBrainGuard")
            .and()
            .areNotDeclaredIn("io.ssebridge.leader.ChannelDirectory")
            .should()
            .haveModifier(JavaModifier.SYNCHRONIZED);

    @ArchTest
    static final ArchRule nothingPrintsBesideTheCommands = NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;

    @ArchTest
    static final ArchRule eventsAndChannelsArePure = classes()
            .that()
            .resideInAnyPackage("io.ssebridge.event..", "io.ssebridge.channel..")
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                            "io.ssebridge.event..",
                            "io.ssebridge.channel..",
                            "io.ssebridge.config..",
                            "io.ssebridge.encoding..",
                            "java.lang..",
                            "java.math..",
                            "java.util..",
                            "java.time..",
                            "java.nio",
                            "java.nio.charset..",
                            "com.fasterxml.jackson.core..",
                            "io.vertx.core.json..",
                            "com.google.errorprone.annotations..",
                            "org.jspecify.annotations..")
                    .or(belongToAnyOf(
                            Buffer.class,
                            JsonObject.class,
                            JsonArray.class,
                            IOException.class,
                            UncheckedIOException.class,
                            StringWriter.class,
                            URI.class,
                            URISyntaxException.class))
                    // Arrays of primitives.
                    .or(nameMatching("\\[+[a-z]"))
                    .or(nameMatching("java\\.io\\.(Writer|Closeable)")));

    @Test
    void noPackage_hasMoreThan15PercentOfTheLines() throws IOException {
        Map<String, Long> lines = new TreeMap<>();
        try (Stream<Path> all = Files.walk(SOURCES)) {
            for (Path file :
                    all.filter(each -> each.toString().endsWith(".java")).toList()) {
                String home = SOURCES.relativize(file.getParent()).toString();
                lines.merge(home, (long) Files.readAllLines(file).size(), Long::sum);
            }
        }
        double percent = lines.values().stream().mapToLong(Long::longValue).sum() / 100.0;
        assertThat(lines)
                .hasSizeGreaterThan(10)
                .allSatisfy(
                        (home, count) -> assertThat(count / percent).as(home).isLessThanOrEqualTo(MOST_PERCENT));
    }

    private static ArchRule onlyIn(String home, String... libraries) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(home)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(libraries);
    }

    private static DescribedPredicate<JavaCall<?>> call(Class<?> owner, String names) {
        return target(owner(assignableTo(owner)))
                .and(target(nameMatching(names)))
                .as("%s.%s", owner.getSimpleName(), names);
    }
}
