package io.ssebridge.cli;

import io.ssebridge.config.ConfigException;
import io.ssebridge.config.OneLine;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options of each command that asks a running node. */
final class NodeOptions {
    static final String URL_HELP = "where the node is, with its http.path (${DEFAULT-VALUE})";

    private static final String TOKEN_VARIABLE = "SSE_TOKEN";

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description =
                    "a token, if one is needed. Better in the environment variable SSE_TOKEN: no list of processes shows it")
    private Optional<String> token = Optional.empty();

    /** Returns a client of the node. */
    NodeClient client(String url, OptionsLoader loader) {
        return NodeClient.of(
                url,
                token.or(() -> loader.environment(TOKEN_VARIABLE))
                        .map(String::strip)
                        .filter(each -> !each.isEmpty()));
    }

    /** Returns the URL before the last argument, or the default. */
    static String url(List<String> urlAndLast) {
        String first = urlAndLast.get(0);
        if (urlAndLast.size() == 1 && first.matches("https?://.*")) {
            throw new ConfigException("only a URL (expected: one more argument after it, see --help)");
        }
        return urlAndLast.size() == 1 ? NodeClient.DEFAULT_URL : first;
    }

    /** Prints an answer, indented. What a terminal could take for a command is escaped. */
    static void print(JsonObject answer, CommandSpec command) {
        answer.encodePrettily()
                .lines()
                .map(OneLine::of)
                .forEach(command.commandLine().getOut()::println);
    }
}
