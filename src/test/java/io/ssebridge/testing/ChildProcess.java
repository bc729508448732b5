package io.ssebridge.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A process of a test; its output is kept for the failure message. None outlives this JVM. Any thread may call; the output is guarded
 * by this object's monitor.
 */
public final class ChildProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Set<Process> ALIVE = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> ALIVE.forEach(Process::destroyForcibly)));
    }

    private final String name;
    private final Process process;
    private final List<String> output = new ArrayList<>();
    private boolean outputEnded;

    private ChildProcess(String name, Process process) {
        this.name = name;
        this.process = process;
    }

    /**
     * Starts a process.
     *
     * @param name for messages
     * @param directory to work in
     * @param environment added to this process's own; its {@code SSE_} variables are removed
     * @param command with its arguments
     */
    public static ChildProcess start(
            String name, Path directory, Map<String, String> environment, List<String> command) {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().keySet().removeIf(key -> key.startsWith("SSE_"));
        builder.environment().putAll(new HashMap<>(environment));
        try {
            ChildProcess child = new ChildProcess(name, builder.start());
            ALIVE.add(child.process);
            Thread reader = new Thread(child::readOutput, "output of " + name);
            reader.setDaemon(true);
            reader.start();
            return child;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + command, e);
        }
    }

    /**
     * The command that runs a class or a jar with this JVM's own java.
     *
     * @param arguments for java
     */
    public static List<String> java(List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(arguments);
        return command;
    }

    /** Both its outputs so far, line by line. */
    public synchronized List<String> output() {
        return List.copyOf(output);
    }

    /** Its number, for tools that look into it. */
    public long pid() {
        return process.pid();
    }

    /** Whether it runs, or is frozen. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** How many lines it has said so far. */
    public synchronized int lines() {
        return output.size();
    }

    /**
     * Waits for a line of its output.
     *
     * @param pattern found anywhere in the line
     * @param patience how long to wait
     */
    public MatchResult awaitLine(Pattern pattern, Duration patience) {
        return awaitLine(0, pattern, patience);
    }

    /**
     * Waits for a line of its output after the known lines.
     *
     * @param known how many lines not to look at
     * @param pattern found anywhere in the line
     * @param patience how long to wait
     */
    public MatchResult awaitLine(int known, Pattern pattern, Duration patience) {
        LineSearch search = new LineSearch(known, pattern);
        Wait.until(this, () -> search.isFound() || outputEnded, patience);
        synchronized (this) {
            if (search.isFound()) {
                return Objects.requireNonNull(search.found);
            }
        }
        throw failure("says no line with \"" + pattern + "\"", null);
    }

    /** Looks at each line once, however often it is woken. Guarded by the process's monitor. */
    private final class LineSearch {
        private final Pattern pattern;
        private int next;
        private @Nullable MatchResult found;

        private LineSearch(int next, Pattern pattern) {
            this.next = next;
            this.pattern = pattern;
        }

        private boolean isFound() {
            while (found == null && next < output.size()) {
                Matcher line = pattern.matcher(output.get(next++));
                found = line.find() ? line.toMatchResult() : null;
            }
            return found != null;
        }
    }

    /**
     * Writes a line to its standard input.
     *
     * @param line without its end
     */
    public void writeLine(String line) {
        try {
            Writer input = process.outputWriter(StandardCharsets.UTF_8);
            input.write(line + "\n");
            input.flush();
        } catch (IOException e) {
            throw failure("does not read its input", e);
        }
    }

    /** Asks it to end (SIGTERM), waits until it has, and answers its exit status. */
    public int stop() {
        process.destroy();
        return awaitExit(PATIENCE);
    }

    /** Ends it at once (SIGKILL) and waits until it is gone. */
    public void kill() {
        process.destroyForcibly();
        awaitEnd(PATIENCE);
    }

    /**
     * Waits until it ends by itself and its last line is in {@link #output()}, and answers its exit status.
     *
     * @param patience how long to wait for either
     */
    public int awaitExit(Duration patience) {
        int status = awaitEnd(patience);
        // A process can end before its reader has the last lines.
        if (!Wait.until(this, () -> outputEnded, patience)) {
            throw failure("has ended, but its output has not: another process holds it", null);
        }
        return status;
    }

    private int awaitEnd(Duration patience) {
        try {
            if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                throw failure("does not end within " + patience, null);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure("interrupted while it was to end", e);
        }
        ALIVE.remove(process);
        return process.exitValue();
    }

    /** Stops its time (SIGSTOP): to all others it looks as if the network was gone. */
    public void freeze() {
        signal("STOP");
    }

    /** Lets it go on (SIGCONT). */
    public void thaw() {
        signal("CONT");
    }

    /** Ends it at once, in any state. */
    @Override
    public void close() {
        kill();
    }

    /**
     * The error to throw when the process does not behave: names the fault and shows its output.
     *
     * @param what the fault
     * @param cause if there is one
     */
    AssertionError failure(String what, @Nullable Throwable cause) {
        return new AssertionError(name + " " + what + "; its output:\n" + String.join("\n", output()), cause);
    }

    private void signal(String name) {
        try {
            Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
            if (kill.waitFor() != 0) {
                throw failure("cannot be sent SIG" + name, null);
            }
        } catch (IOException e) {
            throw failure("cannot be sent SIG" + name, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure("interrupted while it was sent SIG" + name, e);
        }
    }

    private void readOutput() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                add(line);
            }
        } catch (IOException e) {
            add("the output cannot be read on: " + e);
        } finally {
            endOutput();
        }
    }

    private synchronized void add(String line) {
        output.add(line);
        notifyAll();
    }

    private synchronized void endOutput() {
        outputEnded = true;
        notifyAll();
    }
}
