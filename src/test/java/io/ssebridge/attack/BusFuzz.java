package io.ssebridge.attack;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.Frame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.membership.Shards;
import io.ssebridge.wire.Announcement;
import io.ssebridge.wire.Submission;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Sends wrong messages to addresses of the bridge. Each message is made from the seed and its number alone, so a failing one can be
 * sent again. A request must be answered: by a result, or by a failure with an HTTP status as its code. Confined to one thread.
 */
final class BusFuzz {
    /** The channel on which the right messages come. */
    static final String CHANNEL = "news.right";

    private static final Set<Integer> REFUSALS = Set.of(400, 403, 404, 409, 413, 421, 429);
    private static final int UNAVAILABLE = 503;
    private static final int TIMEOUT_MILLIS = 4_000;
    private static final int HUGE = 300_000;
    private static final int MOST_WRONGS = 10;
    // Vert.x answers one more time-out later; this only ends a test that waits for nothing.
    private static final int PATIENCE_SECONDS = 20;
    private static final List<String> FIELDS = List.of(
            "channel",
            "after",
            "last",
            "since",
            "limit",
            "subscriber",
            "sub",
            "request",
            "grant",
            "channels",
            "blockMillis",
            "subjects",
            "patterns",
            "subject",
            "shard",
            "base",
            "version",
            "complete",
            "changes",
            "fitsCookie",
            "prefix");
    private static final List<String> REQUESTS =
            List.of("EXTEND", "EXPLAIN", "DISCONNECT", "DISCONNECT_SUBJECT", "BLOCK", "COUNT", "NOTHING", "");
    private static final List<String> OPERATIONS = List.of(
            "APPEND",
            "ATTACH",
            "TAIL",
            "DETACH",
            "LISTENING",
            "PRESENCE",
            "CHANNELS",
            "ROSTER",
            "ROSTER_WANTED",
            "PING",
            "PONG",
            "STREAMS",
            "",
            "append",
            "\0",
            "DROP TABLE");
    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "x",
            "news.b",
            "news.",
            ".",
            "a..b",
            "news.*",
            "sse.publish",
            "__vertx.a",
            "true",
            "null",
            "-1",
            "1e999",
            "99999999999999999999",
            "\0",
            "a\r\nb",
            "\ud800",
            "\u202e\u2028",
            "{\"sub\":\"a\"}",
            "{\"sub\":",
            "[[[[",
            "+5");

    private final Vertx vertx;
    private final List<String> addresses;
    private final boolean isRemote;
    private final long seed;
    private final Map<String, Integer> answers = new TreeMap<>();
    private final List<String> wrongs = new ArrayList<>();
    private int rights;

    /** An object that only its sender has a codec for. */
    static final class OnlyHere {}

    /** What is sent. */
    private record Wrong(String address, @Nullable Object body, DeliveryOptions options, int way) {
        private static final int WAYS = 8;

        @Override
        public String toString() {
            String text = String.valueOf(body);
            return "%s to %s, body %s %s, headers %s"
                    .formatted(
                            way == 0 ? "sent" : way == 1 ? "published" : "requested",
                            address,
                            body == null ? "" : body.getClass().getSimpleName(),
                            text.substring(0, Math.min(200, text.length())),
                            text(options));
        }

        private static String text(DeliveryOptions options) {
            String headers = String.valueOf(options.getHeaders());
            return headers.substring(0, Math.min(300, headers.length()));
        }
    }

    /**
     * Prepares the messages.
     *
     * @param vertx where they are sent
     * @param addresses the addresses to send them to
     * @param isRemote whether they come from another node
     * @param seed of all messages
     */
    BusFuzz(Vertx vertx, List<String> addresses, boolean isRemote, long seed) {
        this.vertx = vertx;
        this.addresses = addresses;
        this.isRemote = isRemote;
        this.seed = seed;
        vertx.eventBus().registerDefaultCodec(OnlyHere.class, new OnlyHereCodec());
        System.out.printf("[fuzz] seed %d (-Dfuzz.seed=%d), addresses %s%n", seed, seed, addresses);
    }

    /**
     * Sends messages, and a right one after every 20 of them.
     *
     * @param first the number of the first message
     * @param count how many
     */
    void run(int first, int count) {
        for (int i = first; i < first + count; i++) {
            send(i);
            if (i % 20 == 0) {
                sendRight();
            }
        }
        sendRight();
        System.out.printf("[fuzz] answers to %d messages: %s%n", count, answers);
    }

    /** Everything that was wrong with the answers. */
    List<String> wrongs() {
        return wrongs;
    }

    /** The numbers of the right messages, as the data of their events. */
    List<String> rights() {
        List<String> numbers = new ArrayList<>();
        for (int i = 0; i < rights; i++) {
            numbers.add("right " + i);
        }
        return numbers;
    }

    private void sendRight() {
        String data = "right " + rights++;
        try {
            Object receipt = vertx.eventBus()
                    .request(CHANNEL, data)
                    .await(PATIENCE_SECONDS, TimeUnit.SECONDS)
                    .body();
            if (!(receipt instanceof JsonObject json) || !CHANNEL.equals(json.getString("channel"))) {
                wrong("the receipt of \"%s\" is %s".formatted(data, receipt));
            }
        } catch (ReplyException | TimeoutException e) {
            wrong("\"%s\" is not published: %s".formatted(data, e));
        }
    }

    private void wrong(String what) {
        if (wrongs.size() < MOST_WRONGS) {
            wrongs.add(what);
        }
    }

    private void send(int number) {
        Wrong message = message(new Random(seed * 1_000_003 + number));
        if (message.way == 0) {
            vertx.eventBus().send(message.address, message.body, message.options);
        } else if (message.way == 1) {
            vertx.eventBus().publish(message.address, message.body, message.options);
        } else {
            try {
                var unused = vertx.eventBus()
                        .request(message.address, message.body, message.options)
                        .await(PATIENCE_SECONDS, TimeUnit.SECONDS);
                answers.merge("answered", 1, Integer::sum);
            } catch (ReplyException e) {
                refused(number, message, e);
            } catch (TimeoutException e) {
                wrong("message %d (%s) is not answered".formatted(number, message));
            }
        }
    }

    private void refused(int number, Wrong message, ReplyException refusal) {
        answers.merge(refusal.failureType() + " " + refusal.failureCode(), 1, Integer::sum);
        String text = String.valueOf(refusal.getMessage());
        // Vert.x refuses an object that it has no codec for, and the bridge consumes some addresses only while they are
        // in use.
        boolean isOfVertx = isRemote && message.body instanceof OnlyHere && refusal.failureType() == ReplyFailure.ERROR
                || message.address.startsWith("news.") && refusal.failureType() == ReplyFailure.NO_HANDLERS;
        boolean isClear = isOfVertx
                || refusal.failureType() == ReplyFailure.RECIPIENT_FAILURE
                        && (REFUSALS.contains(refusal.failureCode())
                                || refusal.failureCode() == UNAVAILABLE && isPing(message))
                        && !text.isEmpty()
                        && text.length() < 10_000
                        && !text.equals("null")
                        && !text.contains("Exception");
        if (!isClear) {
            wrong("message %d (%s) is refused by %s %d \"%s\""
                    .formatted(number, message, refusal.failureType(), refusal.failureCode(), text));
        }
    }

    // The node cannot reach a sender that does not exist.
    private static boolean isPing(Wrong message) {
        return message.options.getHeaders() != null
                && "PING".equals(message.options.getHeaders().get("operation"));
    }

    private Wrong message(Random random) {
        String address = addresses.get(random.nextInt(addresses.size()));
        DeliveryOptions options = new DeliveryOptions().setSendTimeout(TIMEOUT_MILLIS);
        boolean isInternal = address.startsWith("sse.node.");
        if (isInternal && random.nextInt(8) > 0) {
            header(options, "operation", random.nextInt(10) > 0 ? one(random, OPERATIONS) : text(random));
            header(options, "sender", random.nextInt(4) > 0 ? "other" : text(random));
            header(options, "shard", shard(random));
        }
        if (address.equals("sse.publish") && random.nextInt(4) > 0) {
            header(options, "channel", random.nextBoolean() ? "news.b" : text(random));
        }
        if (random.nextInt(3) == 0) {
            headers(random, options);
        }
        Object body = isInternal && random.nextBoolean() ? almostRight(random) : body(random);
        return new Wrong(address, body, options, random.nextInt(Wrong.WAYS));
    }

    private static void headers(Random random, DeliveryOptions options) {
        // Never "end": "true": the right messages come on one of these channels.
        for (String name : List.of("event", "retry", "key", "to", "except", "end", "channel", "operation", "x\0y")) {
            if (random.nextInt(4) == 0) {
                String value = text(random);
                header(options, name, name.equals("end") && value.equals("true") ? "TRUE" : value);
                if (random.nextInt(4) == 0) {
                    header(options, name, value + "2");
                }
            }
        }
        if (random.nextInt(20) == 0) {
            for (int i = 0; i < 1_000; i++) {
                header(options, "x" + i, "y");
            }
        }
    }

    private static void header(DeliveryOptions options, String name, String value) {
        // This adds a value, and replaces none.
        options.addHeader(name, value);
    }

    private static String shard(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> text(random);
            case 1 -> Integer.toString(random.nextInt());
            case 2 -> Integer.toString(Shards.of(new ChannelName("news.b")));
            default -> Integer.toString(random.nextInt(Shards.COUNT));
        };
    }

    private static String text(Random random) {
        return switch (random.nextInt(12)) {
            case 0 -> "x".repeat(random.nextInt(HUGE));
            case 1 ->
                random.ints(random.nextInt(40), 0, 0x300)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
            default -> one(random, TEXTS);
        };
    }

    private static <T> T one(Random random, List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private static @Nullable Object body(Random random) {
        return switch (random.nextInt(16)) {
            case 0 -> null;
            case 1 -> random.nextInt();
            case 2 -> random.nextBoolean() ? Double.NaN : Float.NEGATIVE_INFINITY;
            case 3 -> (short) random.nextInt();
            case 4 -> (char) random.nextInt();
            case 5 -> random.nextBoolean();
            case 6 -> bytes(random).getBytes();
            case 7 -> bytes(random);
            case 8 -> new OnlyHere();
            case 9 -> deep(random);
            case 10, 11 -> array(random, 3);
            case 12 -> text(random);
            default -> object(random, 3);
        };
    }

    private static Buffer bytes(Random random) {
        byte[] bytes = new byte[random.nextInt(random.nextInt(10) == 0 ? HUGE : 100)];
        random.nextBytes(bytes);
        return Buffer.buffer(bytes);
    }

    private static JsonObject object(Random random, int depth) {
        JsonObject json = new JsonObject();
        for (int i = random.nextInt(6); i > 0; i--) {
            json.put(random.nextInt(8) > 0 ? one(random, FIELDS) : text(random), value(random, depth));
        }
        return json;
    }

    private static JsonArray array(Random random, int depth) {
        JsonArray json = new JsonArray();
        for (int i = random.nextInt(5); i > 0; i--) {
            json.add(value(random, depth));
        }
        return json;
    }

    private static @Nullable Object value(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 12 : 9)) {
            case 0 -> null;
            case 1 -> random.nextLong();
            case 2 -> random.nextInt(100);
            case 3 -> new BigDecimal("1e" + random.nextInt(100_000));
            case 4 -> random.nextBoolean();
            case 5 -> random.nextDouble();
            case 6 -> one(random, REQUESTS);
            case 7, 8 -> text(random);
            case 9 -> array(random, depth - 1);
            default -> object(random, depth - 1);
        };
    }

    // Vert.x copies a body by recursion in the sender's thread. So the sender decides how deep it can be.
    private static Object deep(Random random) {
        JsonArray inner = new JsonArray();
        for (int i = random.nextInt(600); i > 0; i--) {
            inner = random.nextInt(2) == 0
                    ? new JsonArray().add(inner)
                    : new JsonArray().add(new JsonObject().put("channel", inner));
        }
        return random.nextBoolean() ? inner : new JsonObject().put(one(random, FIELDS), inner);
    }

    /** A message between nodes in which some bytes or values differ. */
    private static Object almostRight(Random random) {
        ChannelName channel = new ChannelName("news.b");
        return switch (random.nextInt(7)) {
            case 0 ->
                mixedUp(
                        random,
                        new Submission.AppendRequest(
                                        channel,
                                        List.of(new Submission(
                                                random.nextLong(), 2, false, new Event(null, "x", null))))
                                .encode());
            case 1 ->
                mixedUp(
                        random,
                        new Announcement(
                                        channel,
                                        new Cursor.At(1, 2),
                                        List.of(new NumberedFrame(
                                                2, new EventFrame(3, 1, 0, 2, 9, new Event(null, "x", null)))),
                                        new Cursor.At(2, Frame.tag(2, 3)))
                                .encode());
            case 2 -> new JsonArray().add("news.b").add(text(random));
            case 3 -> new JsonArray().add("news.b");
            case 4 ->
                new JsonArray()
                        .add(object(random, 2)
                                .put("shard", random.nextInt(80) - 8)
                                .put("base", random.nextLong())
                                .put("version", random.nextLong())
                                .put("complete", true)
                                .put("changes", new JsonArray().add(array(random, 1))));
            default ->
                object(random, 2)
                        .put("request", one(random, REQUESTS))
                        .put("subscriber", Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong()));
        };
    }

    private static Buffer mixedUp(Random random, Buffer good) {
        byte[] bytes = good.getBytes(0, 1 + random.nextInt(good.length()));
        for (int i = random.nextInt(4); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return Buffer.buffer(bytes);
    }

    private static final class OnlyHereCodec implements MessageCodec<OnlyHere, OnlyHere> {
        @Override
        public void encodeToWire(Buffer buffer, OnlyHere body) {
            buffer.appendBytes("only here".getBytes(UTF_8));
        }

        @Override
        public OnlyHere decodeFromWire(int position, Buffer buffer) {
            return new OnlyHere();
        }

        @Override
        public OnlyHere transform(OnlyHere body) {
            return body;
        }

        @Override
        public String name() {
            return "fuzz.only-here";
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }
}
