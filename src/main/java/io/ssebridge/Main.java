package io.ssebridge;

import io.ssebridge.config.Overrides;
import java.nio.file.Path;

/** The main program of the jar. */
public final class Main {
    private Main() {}

    /**
     * Runs a command, or starts a node, which continues in its own threads.
     *
     * @param args the command line
     */
    public static void main(String[] args) {
        OptionsLoader loader = new OptionsLoader(Overrides.ofThisProcess(), Path.of("conf", "config.yaml"));
        int status = Commands.of(loader, NodeProcess::start).execute(args);
        if (status != 0) {
            System.exit(status);
        }
    }
}
