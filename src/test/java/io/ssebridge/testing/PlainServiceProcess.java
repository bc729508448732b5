package io.ssebridge.testing;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import plainservice.PlainService;

/** Drives a {@link PlainService} in a process with Vert.x and Hazelcast on its class path, and no class of the bridge. */
public final class PlainServiceProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** Its first line. */
    static final Pattern JOINED = Pattern.compile("^joined$");

    private static final Pattern LIBRARIES = Pattern.compile(
            "(vertx-core|vertx-core-logging|vertx-hazelcast|hazelcast|netty-.*|jackson-core|slf4j-api)-\\d[^/]*\\.jar");

    private final ChildProcess process;
    private final AtomicInteger commands = new AtomicInteger();

    private PlainServiceProcess(ChildProcess process) {
        this.process = process;
    }

    /** Starts one and waits until it has joined the cluster. */
    static PlainServiceProcess start(String name, Site site, Path clusterConfig) {
        List<String> command =
                command(SharedClasses.serviceJar(), List.of(SharedClasses.ofServices(), Jar.NO_SCHEMA), clusterConfig);
        ChildProcess process = ChildProcess.start(name, TemporaryDirectory.create(), Map.of(), site.command(command));
        process.awaitLine(JOINED, PATIENCE);
        return new PlainServiceProcess(process);
    }

    /**
     * The command that runs one.
     *
     * @param jar has its class
     * @param options for java
     * @param clusterConfig of the cluster that it joins
     */
    static List<String> command(Path jar, List<String> options, Path clusterConfig) {
        List<String> arguments = new ArrayList<>(Jar.QUICK);
        arguments.addAll(options);
        arguments.addAll(List.of("-cp", classPath(jar), PlainService.class.getName(), clusterConfig.toString()));
        return ChildProcess.java(arguments);
    }

    /**
     * Sends a command and waits for the answer.
     *
     * @param command as {@link PlainService} says, without {@code n}
     */
    public JsonObject command(JsonObject command) {
        int n = commands.incrementAndGet();
        int said = process.lines();
        process.writeLine(command.copy().put("n", n).encode());
        return new JsonObject(process.awaitLine(said, Pattern.compile("^\\{\"n\":" + n + "[,}].*"), PATIENCE)
                .group());
    }

    /**
     * Makes it publish a message.
     *
     * @param address where to
     * @param body JSON, or the form of {@link PlainService} for other bodies
     * @param headers of the message
     */
    public void publish(String address, Object body, Map<String, String> headers) {
        succeed(message("publish", address, body, headers));
    }

    /**
     * Makes it send a message.
     *
     * @param address where to
     * @param body JSON, or the form of {@link PlainService} for other bodies
     * @param headers of the message
     */
    public void send(String address, Object body, Map<String, String> headers) {
        succeed(message("send", address, body, headers));
    }

    /**
     * Makes it send a message and wait for the reply.
     *
     * @param address where to
     * @param body JSON, or the form of {@link PlainService} for other bodies
     * @param headers of the message
     * @return the reply, or the failure as {@code {"code", "failure"}}
     */
    public JsonObject request(String address, Object body, Map<String, String> headers) {
        JsonObject answer = command(message("request", address, body, headers));
        return answer.containsKey("failure")
                ? answer
                : answer.getJsonArray("replies").getJsonObject(0);
    }

    /**
     * Makes it consume an address and answer each message alike.
     *
     * @param address where
     * @param reply any JSON
     */
    public void serve(String address, Object reply) {
        succeed(new JsonObject().put("op", "consume").put("address", address).put("reply", reply));
    }

    /**
     * Makes it consume an address without answering.
     *
     * @param address where
     */
    public void listen(String address) {
        succeed(new JsonObject().put("op", "consume").put("address", address));
    }

    /**
     * The messages that have come to an address that it consumes.
     *
     * @param address where
     * @return {@code {"body", "headers"}} each, in order
     */
    public List<JsonObject> received(String address) {
        JsonArray received = succeed(new JsonObject().put("op", "received").put("address", address))
                .getJsonArray("received");
        return received.stream().map(JsonObject.class::cast).toList();
    }

    /**
     * Makes it send requests, 200 in a second, until {@link #loaded}.
     *
     * @param requests {@code {"address", "body", "headers"}} each
     * @param timeoutMillis how long it waits for each answer
     */
    public void load(JsonArray requests, long timeoutMillis) {
        succeed(new JsonObject().put("op", "load").put("requests", requests).put("timeout", timeoutMillis));
    }

    /** The outcome of the requests, {@code {"answered", "failed", "timedOut", "unsent", "longest"}}; it sends no more. */
    public JsonObject loaded() {
        return succeed(new JsonObject().put("op", "loaded"));
    }

    /** Whether all that the cluster keeps has its copies by now. */
    public boolean isClusterSafe() {
        return succeed(new JsonObject().put("op", "safe")).getBoolean("safe");
    }

    /** How many Ringbuffers there are in the cluster: those that it has heard of and those that it keeps, whichever are more. */
    public int rings() {
        JsonObject rings = succeed(new JsonObject().put("op", "rings"));
        return Math.max(rings.getJsonArray("names").size(), rings.getInteger("kept"));
    }

    /** How many members its cluster has. */
    public int members() {
        return succeed(new JsonObject().put("op", "members")).getInteger("members");
    }

    /** The process, to kill it, to freeze it, and to read its output. */
    public ChildProcess process() {
        return process;
    }

    @Override
    public void close() {
        process.close();
    }

    private static JsonObject message(String op, String address, Object body, Map<String, String> headers) {
        return new JsonObject()
                .put("op", op)
                .put("address", address)
                .put("body", body)
                .put("headers", new JsonObject(Map.copyOf(headers)));
    }

    private JsonObject succeed(JsonObject command) {
        JsonObject answer = command(command);
        if (answer.containsKey("failure")) {
            throw process.failure("failed at " + command + " with " + answer, null);
        }
        return answer;
    }

    private static String classPath(Path jar) {
        String separator = System.getProperty("path.separator");
        return Stream.concat(
                        Stream.of(jar.toString()),
                        Arrays.stream(System.getProperty("java.class.path").split(Pattern.quote(separator)))
                                .filter(entry -> LIBRARIES
                                        .matcher(Path.of(entry).getFileName().toString())
                                        .matches()))
                .collect(Collectors.joining(separator));
    }
}
