package io.ssebridge.cli;

import io.ssebridge.BridgeOptions;
import io.ssebridge.access.TokenVerifier;
import io.ssebridge.cluster.Cluster;
import io.ssebridge.config.ConfigException;
import io.ssebridge.config.OneLine;
import io.ssebridge.http.HttpOptions;
import io.ssebridge.tls.Certificates;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Reads a configuration as a node on this machine would, with environment variables and system properties, and reports
 * errors.
 */
@Command(
        name = "check-config",
        mixinStandardHelpOptions = true,
        description = "Checks a configuration file without starting a node: one line for each mistake.")
final class CheckConfigCommand implements Callable<Integer> {
    // Maven puts the documentation there.
    private static final String PAGE = "/io/ssebridge/webroot/docs/configuration.md";

    private final OptionsLoader loader;

    @Option(names = "--reference", description = "prints all keys of the configuration as Markdown, and checks no file")
    private boolean reference;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "FILE", arity = "0..1", description = "the configuration; or -conf FILE")
    private Optional<Path> file = Optional.empty();

    @Option(names = "-conf", paramLabel = "FILE", description = "the same")
    private Optional<Path> conf = Optional.empty();

    CheckConfigCommand(OptionsLoader loader) {
        this.loader = loader;
    }

    @Override
    public Integer call() {
        CommandLine command = spec.commandLine();
        if (reference) {
            command.getOut().print(BridgeOptions.reference().fill(page()));
            command.getOut().flush();
            return 0;
        }
        Path checked = NodeCommand.conf(command, file.isPresent() ? file : conf)
                .orElseThrow(() -> new ParameterException(command, "Missing required parameter: 'FILE'"));
        List<String> mistakes = loader.mistakes(checked);
        if (!mistakes.isEmpty()) {
            mistakes.forEach(command.getErr()::println);
            return Commands.FAILED;
        }
        build(loader.load(Optional.of(checked)));
        command.getOut().println(OneLine.of(checked.toString()) + ": ok");
        return 0;
    }

    /** Returns the page about the configuration, with tables of keys that the reference replaces. */
    private static String page() {
        try (InputStream file = Objects.requireNonNull(CheckConfigCommand.class.getResourceAsStream(PAGE), PAGE)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Creates the parts of a node that may refuse the options, although each option has been checked. */
    private static void build(BridgeOptions options) {
        Vertx vertx = Vertx.vertx();
        try {
            TokenVerifier unused = TokenVerifier.create(vertx, options.auth());
            options.http().tls().ifPresent(files -> {
                Certificates unusedCertificates =
                        Certificates.read(vertx, files, HttpOptions.TLS, HttpOptions.CLIENT_CA);
            });
            Cluster.check(vertx, options.cluster());
        } catch (IllegalArgumentException e) {
            throw new ConfigException(String.valueOf(e.getMessage()), e);
        } finally {
            vertx.close().await();
        }
    }
}
