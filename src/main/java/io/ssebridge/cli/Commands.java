package io.ssebridge.cli;

import io.ssebridge.channel.ChannelPattern;
import io.ssebridge.config.ConfigException;
import io.ssebridge.config.OneLine;
import io.ssebridge.config.Range;
import io.ssebridge.config.Spelling;
import io.ssebridge.logging.LogSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Assembles the commands. Every failure is one line on standard error and exit status 2. */
final class Commands {
    static final int FAILED = 2;
    private static final Range<Duration> LIFETIMES = Range.ofDurations(Duration.ofSeconds(1), Duration.ofDays(3650));

    private Commands() {}

    static CommandLine of(OptionsLoader loader, NodeStart node) {
        return new CommandLine(new NodeCommand(loader, node))
                .addSubcommand(new CheckConfigCommand(loader))
                .addSubcommand(new TokenCommand(loader))
                .addSubcommand(new TailCommand(loader))
                .addSubcommand(new PublishCommand(loader))
                .addSubcommand(new PresenceCommand(loader))
                .addSubcommand(new ChannelsCommand(loader))
                .addSubcommand(new ExplainCommand(loader))
                .addSubcommand(new BenchCommand(loader))
                .registerConverter(ChannelPattern.class, converter(ChannelPattern::of))
                .registerConverter(Duration.class, converter(LIFETIMES::read))
                .setUsageHelpWidth(100)
                .setExecutionStrategy(Commands::run)
                .setParameterExceptionHandler((e, args) -> fail(e.getCommandLine(), e.getMessage() + hint(e)))
                .setExecutionExceptionHandler((e, command, parsed) -> fail(command, problem(e)));
    }

    /** Runs the command. An option of a node before a sub-command is refused, because it would be ignored. */
    private static int run(ParseResult parsed) {
        Optional<String> mistake = LogSettings.mistake(System.getenv());
        if (mistake.isPresent()) {
            return fail(parsed.commandSpec().commandLine(), mistake.get());
        }
        if (parsed.hasSubcommand()) {
            ParseResult command = parsed.subcommand();
            for (OptionSpec option : parsed.matchedOptions()) {
                if (!option.longestName().equals(NodeCommand.CONF) && !option.usageHelp() && !option.versionHelp()) {
                    throw new ParameterException(
                            parsed.commandSpec().commandLine(),
                            "%s before %s, where it means nothing"
                                    .formatted(
                                            option.longestName(),
                                            command.commandSpec().name()));
                }
            }
        }
        return new RunLast().execute(parsed);
    }

    private static String hint(ParameterException e) {
        CommandLine command = e.getCommandLine();
        if (e instanceof UnmatchedArgumentException unknown
                && !unknown.getUnmatched().isEmpty()) {
            List<String> known = new ArrayList<>(command.getSubcommands().keySet());
            command.getCommandSpec().options().forEach(option -> known.addAll(List.of(option.names())));
            Optional<String> meant = Spelling.nearest(unknown.getUnmatched().get(0), known);
            if (meant.isPresent()) {
                return " (did you mean %s?)".formatted(meant.get());
            }
        }
        return " (--help lists all commands and options)";
    }

    private static int fail(CommandLine command, String problem) {
        command.getErr().println(OneLine.of(problem));
        return FAILED;
    }

    private static String problem(Exception e) {
        if (e instanceof ConfigException) {
            return String.valueOf(e.getMessage());
        }
        // Not before the environment is checked: the first logger reads it.
        LoggerFactory.getLogger(Commands.class).debug("failed", e);
        return String.valueOf(e);
    }

    private static <T> ITypeConverter<T> converter(Function<String, T> meaning) {
        return text -> {
            try {
                return meaning.apply(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(String.valueOf(e.getMessage()));
            }
        };
    }
}
