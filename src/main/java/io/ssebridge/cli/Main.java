package io.ssebridge.cli;

import io.ssebridge.config.Overrides;
import java.nio.file.Path;

/** The main program of the jar. */
public final class Main {
    private static final String POOL_THREADS = "java.util.concurrent.ForkJoinPool.common.parallelism";
    private static final int ENOUGH_THREADS = 2;
    private static final String NO_RENEGOTIATION = "jdk.tls.rejectClientInitiatedRenegotiation";

    private Main() {}

    /**
     * Runs a command, or starts a node, which continues in its own threads.
     *
     * @param args the command line
     */
    public static void main(String[] args) {
        growCommonPool();
        refuseRenegotiation();
        OptionsLoader loader = new OptionsLoader(Overrides.ofThisProcess(), Path.of("conf", "config.yaml"));
        int status = Commands.of(loader, NodeProcess::start).execute(args);
        if (status != 0) {
            System.exit(status);
        }
    }

    /**
     * Gives the common pool two threads on a machine with one or two cores. With fewer, Hazelcast does not use the pool
     * and starts a thread for each of its callbacks. Called before the pool exists.
     */
    private static void growCommonPool() {
        if (Runtime.getRuntime().availableProcessors() <= ENOUGH_THREADS && System.getProperty(POOL_THREADS) == null) {
            System.setProperty(POOL_THREADS, Integer.toString(ENOUGH_THREADS));
        }
    }

    /**
     * Makes TLS 1.2 refuse new handshakes on open connections. Each costs the node a signature, and no client needs one.
     * Called before TLS is used.
     */
    private static void refuseRenegotiation() {
        if (System.getProperty(NO_RENEGOTIATION) == null) {
            System.setProperty(NO_RENEGOTIATION, "true");
        }
    }
}
