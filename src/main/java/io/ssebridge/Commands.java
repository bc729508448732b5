package io.ssebridge;

import io.ssebridge.channel.ChannelPattern;
import io.ssebridge.config.ConfigException;
import io.ssebridge.config.OneLine;
import io.ssebridge.config.Range;
import java.time.Duration;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Assembles the commands. Every failure is one line on standard error and exit status 2. */
final class Commands {
    private static final Logger LOG = LoggerFactory.getLogger(Commands.class);
    private static final int FAILED = 2;
    private static final Range<Duration> LIFETIMES = Range.ofDurations(Duration.ofSeconds(1), Duration.ofDays(3650));

    private Commands() {}

    static CommandLine of(OptionsLoader loader, NodeStart node) {
        return new CommandLine(new NodeCommand(loader, node))
                .addSubcommand(new CheckConfigCommand(loader))
                .addSubcommand(new TokenCommand(loader))
                .addSubcommand(new BenchCommand(loader))
                .registerConverter(ChannelPattern.class, converter(ChannelPattern::of))
                .registerConverter(Duration.class, converter(LIFETIMES::read))
                .setParameterExceptionHandler(
                        (e, args) -> fail(e.getCommandLine(), e.getMessage() + " (--help lists what there is)"))
                .setExecutionExceptionHandler((e, command, parsed) -> fail(command, problem(e)));
    }

    private static int fail(CommandLine command, String problem) {
        command.getErr().println(OneLine.of(problem));
        return FAILED;
    }

    private static String problem(Exception e) {
        if (e instanceof ConfigException) {
            return String.valueOf(e.getMessage());
        }
        LOG.debug("failed", e);
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
