package io.ssebridge.cli;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.netty.util.internal.OutOfDirectMemoryError;
import io.ssebridge.BridgeOptions;
import io.ssebridge.config.Configuration;
import io.ssebridge.config.Overrides;
import io.ssebridge.testing.NodeSetup;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The program of the jar, with a way to hurt it from within: each line of its input names one. */
public final class DyingNode {
    private static final Logger LOG = LoggerFactory.getLogger("some.library");

    private DyingNode() {}

    /**
     * Starts a node.
     *
     * @param args Hazelcast's configuration and the cluster's name; none: standalone
     */
    public static void main(String[] args) throws Exception {
        String cluster = args.length == 0 ? "" : "cluster: {name: " + args[1] + "}";
        String text = NodeSetup.CONFIG.replace("http: {host: 127.0.0.1}", "http: {host: 127.0.0.1, port: 0}");
        BridgeOptions options = new Configuration("the test", text + cluster, Overrides.NONE).read(BridgeOptions::from);
        NodeProcess.start(
                options,
                Optional.empty(),
                args.length == 0,
                args.length == 0 ? Optional.empty() : Optional.of(Path.of(args[0])));
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                hurt(line);
            }
        }
    }

    private static void hurt(String way) throws Exception {
        switch (way) {
            case "terminate Hazelcast" -> hazelcast().getLifecycleService().terminate();
            case "shut Hazelcast down" -> hazelcast().shutdown();
            case "a thread is out of memory" -> fail(new OutOfMemoryError("Java heap space"));
            case "a stack overflows" -> fail(new StackOverflowError());
            case "direct memory is used up" -> fail(outOfDirectMemory());
            case "a library logs that it is out of memory" ->
                LOG.debug("caught", new IllegalStateException(new OutOfMemoryError("GC overhead limit exceeded")));
            default -> throw new IOException(way);
        }
        System.out.println("done: " + way);
    }

    private static HazelcastInstance hazelcast() {
        return Hazelcast.getAllHazelcastInstances().iterator().next();
    }

    private static void fail(Error error) throws InterruptedException {
        Thread thread = new Thread(() -> {
            throw error;
        });
        thread.start();
        thread.join();
    }

    private static Error outOfDirectMemory() throws ReflectiveOperationException, InvocationTargetException {
        Constructor<OutOfDirectMemoryError> constructor =
                OutOfDirectMemoryError.class.getDeclaredConstructor(String.class);
        constructor.setAccessible(true);
        return constructor.newInstance("failed to allocate");
    }
}
