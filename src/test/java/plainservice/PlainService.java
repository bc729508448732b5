package plainservice;

import com.hazelcast.config.FileSystemXmlConfig;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.ringbuffer.impl.RingbufferService;
import com.hazelcast.spi.impl.NodeEngine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.metrics.MetricsOptions;
import io.vertx.core.spi.metrics.EventBusMetrics;
import io.vertx.core.spi.metrics.VertxMetrics;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A clustered Vert.x service with nothing but Vert.x and Hazelcast on its class path. Obeys standard input, one JSON object a
 * line, and answers each with one line on standard output that carries the same {@code n}. Ends with its input.
 *
 * <ul>
 *   <li>{@code {"n", "op": "publish" | "send" | "request", "address", "body", "headers", "timeout", "count"}}: a body is any JSON,
 *       or {@code {"$buffer": <base64>}}, or {@code {"$decimal": <digits>}}, which is an object with that {@code price}, or {@code
 *       {"$undecodable": true}}, which only this JVM has a codec for. With {@code count}
 *       an object gets its {@code i}, from 0. Answers {@code {"n", "replies": [...]}}, or {@code {"n", "code", "failure"}}.
 *   <li>{@code {"n", "op": "consume", "address", "reply" | "fail": {"code", "message"}}}: serves an address.
 *   <li>{@code {"n", "op": "received", "address"}}: answers with the messages that have come there, {@code {"n", "received": [{"body", "headers"}]}}.
 *   <li>{@code {"n", "op": "safe"}}: answers whether all that the cluster keeps has its copies, {@code {"n", "safe": true | false}}.
 *   <li>{@code {"n", "op": "rings"}}: answers which Ringbuffers it has heard of, and of how many it keeps frames or a copy, {@code {"n",
 *       "names": [...], "kept"}}.
 *   <li>{@code {"n", "op": "load", "requests": [{"address", "body", "headers"}], "timeout"}}: from now on sends these requests in
 *       turn, 200 in a second, even if they fail.
 *   <li>{@code {"n", "op": "loaded"}}: ends that, and answers with their outcome when all are done, {@code {"n", "answered", "failed",
 *       "timedOut", "unsent", "longest"}}. This Vert.x has neither written the unsent ones to a connection, nor refused them because it
 *       knew no consumer. The longest time is in milliseconds.
 *   <li>{@code {"n", "op": "members"}}: answers how many members its cluster has, {@code {"n", "members"}}.
 * </ul>
 */
public final class PlainService {
    private static final int LOAD_MILLIS = 5;

    private final HazelcastClusterManager cluster;
    private final Vertx vertx;
    private final EventBus eventBus;
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicInteger timedOut = new AtomicInteger();
    private final AtomicInteger withoutConsumer = new AtomicInteger();
    private final Writes writes;
    private final AtomicLong longest = new AtomicLong();
    // By the thread that reads commands.
    private final List<Long> timers = new ArrayList<>();
    private final Queue<Future<?>> loading = new ConcurrentLinkedQueue<>();
    private final Map<String, List<JsonObject>> received = new ConcurrentHashMap<>();

    private PlainService(HazelcastClusterManager cluster, Vertx vertx, Writes writes) {
        this.cluster = cluster;
        this.vertx = vertx;
        this.writes = writes;
        this.eventBus = vertx.eventBus();
        eventBus.registerDefaultCodec(OnlyHere.class, new OnlyHereCodec());
    }

    /**
     * Joins the cluster and says {@code joined}.
     *
     * @param args the path of the Hazelcast configuration
     */
    public static void main(String[] args) throws IOException {
        HazelcastClusterManager cluster = new HazelcastClusterManager(new FileSystemXmlConfig(args[0]));
        Writes writes = new Writes();
        Vertx vertx = Vertx.builder()
                .with(new VertxOptions().setMetricsOptions(new MetricsOptions().setEnabled(true)))
                .withMetrics(options -> writes)
                .withClusterManager(cluster)
                .buildClustered()
                .await();
        PlainService service = new PlainService(cluster, vertx, writes);
        System.out.println("joined");
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            service.obey(new JsonObject(line));
        }
        vertx.close().await();
    }

    private void obey(JsonObject command) {
        execute(command)
                .otherwise(failure -> new JsonObject()
                        .put("code", failure instanceof ReplyException reply ? reply.failureCode() : null)
                        .put("failure", failure.getMessage()))
                .onSuccess(answer ->
                        say(new JsonObject().put("n", command.getValue("n")).mergeIn(answer)));
    }

    // One line must not break into another: answers come from several threads.
    private static synchronized void say(JsonObject answer) {
        System.out.println(answer.encode());
    }

    private Future<JsonObject> execute(JsonObject command) {
        String op = command.getString("op");
        return switch (op) {
            case "publish", "send", "request" -> speak(op, command);
            case "consume" -> consume(command);
            case "load" -> load(command);
            case "loaded" -> loaded();
            case "safe" ->
                Future.succeededFuture(new JsonObject()
                        .put(
                                "safe",
                                cluster.getHazelcastInstance()
                                        .getPartitionService()
                                        .isClusterSafe()));
            case "members" ->
                Future.succeededFuture(new JsonObject()
                        .put(
                                "members",
                                cluster.getHazelcastInstance()
                                        .getCluster()
                                        .getMembers()
                                        .size()));
            case "rings" -> Future.succeededFuture(rings());
            case "received" ->
                Future.succeededFuture(new JsonObject()
                        .put("received", new JsonArray(List.copyOf(messages(command.getString("address"))))));
            default -> Future.failedFuture("unknown op: " + op);
        };
    }

    private JsonObject rings() {
        NodeEngine engine = ((HazelcastInstanceProxy) cluster.getHazelcastInstance())
                .getOriginal()
                .node
                .getNodeEngine();
        RingbufferService rings = engine.getService(RingbufferService.SERVICE_NAME);
        int kept = rings.getContainers().values().stream().mapToInt(Map::size).sum();
        return new JsonObject()
                .put(
                        "names",
                        new JsonArray(List.copyOf(
                                engine.getProxyService().getDistributedObjectNames(RingbufferService.SERVICE_NAME))))
                .put("kept", kept);
    }

    private Future<JsonObject> speak(String op, JsonObject command) {
        List<Future<Object>> said = new ArrayList<>();
        for (int i = 0; i < command.getInteger("count", 1); i++) {
            said.add(speak(op, command.getString("address"), body(command, i), options(command)));
        }
        return Future.join(said).map(all -> new JsonObject().put("replies", new JsonArray(all.list())));
    }

    private Future<JsonObject> load(JsonObject command) {
        JsonArray requests = command.getJsonArray("requests");
        AtomicInteger sent = new AtomicInteger();
        timers.add(vertx.setPeriodic(LOAD_MILLIS, tick -> {
            JsonObject next = requests.getJsonObject(sent.getAndIncrement() % requests.size());
            ask(next.copy().put("timeout", command.getValue("timeout")));
        }));
        return Future.succeededFuture(new JsonObject());
    }

    private void ask(JsonObject request) {
        long begun = System.nanoTime();
        loading.add(eventBus.request(request.getString("address"), request.getValue("body"), options(request))
                .onSuccess(reply -> answered.incrementAndGet())
                .onFailure(failure -> {
                    boolean late =
                            failure instanceof ReplyException reply && reply.failureType() == ReplyFailure.TIMEOUT;
                    (late ? timedOut : failed).incrementAndGet();
                    if (("No handlers for address " + request.getString("address")).equals(failure.getMessage())) {
                        withoutConsumer.incrementAndGet();
                    }
                    if (late) {
                        System.out.println(request.encode() + ": " + failure.getMessage());
                    }
                })
                .onComplete(done ->
                        longest.accumulateAndGet(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun), Math::max)));
    }

    private Future<JsonObject> loaded() {
        timers.forEach(vertx::cancelTimer);
        return Future.join(List.copyOf(loading))
                .transform(done -> Future.succeededFuture(new JsonObject()
                        .put("answered", answered.get())
                        .put("failed", failed.get())
                        .put("timedOut", timedOut.get())
                        .put("unsent", loading.size() - withoutConsumer.get() - writes.count.get())
                        .put("longest", longest.get())));
    }

    private Future<Object> speak(String op, String address, Object body, DeliveryOptions options) {
        switch (op) {
            case "publish" -> eventBus.publish(address, body, options);
            case "send" -> eventBus.send(address, body, options);
            default -> {
                return eventBus.request(address, body, options).map(Message::body);
            }
        }
        return Future.succeededFuture();
    }

    private static Object body(JsonObject command, int i) {
        Object body = command.getValue("body");
        if (!(body instanceof JsonObject json)) {
            return body;
        }
        if (json.containsKey("$buffer")) {
            return Buffer.buffer(json.getBinary("$buffer"));
        }
        if (json.containsKey("$decimal")) {
            return new JsonObject().put("price", new BigDecimal(json.getString("$decimal")));
        }
        if (json.containsKey("$undecodable")) {
            return new OnlyHere();
        }
        return command.containsKey("count") ? json.copy().put("i", i) : json;
    }

    private static DeliveryOptions options(JsonObject command) {
        DeliveryOptions options = new DeliveryOptions().setSendTimeout(command.getLong("timeout", 30_000L));
        command.getJsonObject("headers", new JsonObject())
                .forEach(header ->
                        options.addHeader(header.getKey(), header.getValue().toString()));
        return options;
    }

    private Future<JsonObject> consume(JsonObject command) {
        List<JsonObject> messages = messages(command.getString("address"));
        return eventBus.consumer(command.getString("address"), message -> {
                    JsonObject headers = new JsonObject();
                    message.headers().forEach(headers::put);
                    messages.add(new JsonObject().put("body", message.body()).put("headers", headers));
                    answer(message, command);
                })
                .completion()
                .map(new JsonObject());
    }

    private static void answer(Message<Object> message, JsonObject command) {
        JsonObject failure = command.getJsonObject("fail");
        if (failure != null) {
            message.fail(failure.getInteger("code"), failure.getString("message"));
        } else if (command.containsKey("reply")) {
            message.reply(command.getValue("reply"));
        }
    }

    private List<JsonObject> messages(String address) {
        return received.computeIfAbsent(address, any -> new CopyOnWriteArrayList<>());
    }

    /** Counts the messages that this Vert.x writes to its connections to other members, except those of Vert.x itself. */
    private static final class Writes implements VertxMetrics, EventBusMetrics<Object> {
        private final AtomicInteger count = new AtomicInteger();

        @Override
        public EventBusMetrics<?> createEventBusMetrics() {
            return this;
        }

        @Override
        public void messageWritten(String address, int numberOfBytes) {
            if (!address.startsWith("__vertx")) {
                count.incrementAndGet();
            }
        }
    }

    /** A body that no other JVM of the cluster can read. */
    private static final class OnlyHere {}

    private static final class OnlyHereCodec implements MessageCodec<OnlyHere, OnlyHere> {
        @Override
        public void encodeToWire(Buffer buffer, OnlyHere body) {
            buffer.appendInt(42);
        }

        @Override
        public OnlyHere decodeFromWire(int pos, Buffer buffer) {
            return new OnlyHere();
        }

        @Override
        public OnlyHere transform(OnlyHere body) {
            return body;
        }

        @Override
        public String name() {
            return "only-here";
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }
}
