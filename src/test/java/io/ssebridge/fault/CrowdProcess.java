package io.ssebridge.fault;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.Stream;

/**
 * A process with some of the subscribers of a {@link Crowd}, since a process has few descriptors. It reads commands, line by line, and
 * writes a line of JSON for each: {@code open N} opens subscribers until there are N, {@code mark} begins a measurement, {@code report
 * A F} tells how it goes and how many have the first A events of all and F of their own channel, {@code seen N} tells of one event.
 */
final class CrowdProcess {
    // As clients wait by default.
    private static final long PAUSE_MILLIS = 2_000;
    private static final int MOST_EVENTS = 10_000;
    // A node's queue of new connections has 1,024 places.
    private static final int OPENING_AT_ONCE = 500;

    private final int first;
    private final int channels;
    private final CrowdNodes nodes;
    private final List<CrowdMember> members = new ArrayList<>();
    private final AtomicIntegerArray received = new AtomicIntegerArray(MOST_EVENTS);
    private final AtomicLongArray lastNanos = new AtomicLongArray(MOST_EVENTS);

    private CrowdProcess(int first, int channels, List<URI> nodes) {
        this.first = first;
        this.channels = channels;
        this.nodes = new CrowdNodes(nodes);
    }

    /**
     * Runs until its input ends.
     *
     * @param args the number of its first subscriber, the number of channels, and the nodes
     */
    public static void main(String[] args) throws IOException {
        CrowdProcess process = new CrowdProcess(
                Integer.parseInt(args[0]),
                Integer.parseInt(args[1]),
                Stream.of(args).skip(2).map(URI::create).toList());
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            System.out.println(process.obey(line.split(" ", -1)).encode());
        }
    }

    private JsonObject obey(String[] command) {
        return switch (command[0]) {
            case "open" -> open(Integer.parseInt(command[1]));
            case "mark" -> {
                members.forEach(CrowdMember::mark);
                yield new JsonObject();
            }
            case "seen" -> seen(Integer.parseInt(command[1]));
            case "report" -> report(Integer.parseInt(command[1]), Integer.parseInt(command[2]));
            default -> throw new IllegalArgumentException(command[0]);
        };
    }

    /** Opens some more; the one who asks does so again until all are open. */
    private JsonObject open(int count) {
        long open = members.stream().filter(each -> each.stream().isOpen()).count();
        while (members.size() < count && members.size() - open < OPENING_AT_ONCE) {
            int number = first + members.size();
            String query = "?channel=public.all&channel=public.few." + number % channels;
            members.add(new CrowdMember(
                    nodes,
                    query,
                    Duration.ofMillis(ThreadLocalRandom.current().nextLong(PAUSE_MILLIS / 2, PAUSE_MILLIS * 3 / 2)),
                    this::received));
        }
        return new JsonObject().put("open", open);
    }

    private void received(int number, long nowNanos) {
        received.incrementAndGet(number);
        lastNanos.accumulateAndGet(number, nowNanos, Math::max);
    }

    private JsonObject seen(int number) {
        return new JsonObject().put("received", received.get(number)).put("lastNanos", lastNanos.get(number));
    }

    private JsonObject report(int ofAll, int ofFew) {
        return new JsonObject()
                .put(
                        "open",
                        members.stream().filter(each -> each.stream().isOpen()).count())
                .put(
                        "opened",
                        members.stream()
                                .mapToInt(each -> each.stream().opened())
                                .sum())
                .put(
                        "complete",
                        members.stream().filter(each -> each.has(ofAll, ofFew)).count())
                .put("flaws", members.stream().mapToInt(CrowdMember::flaws).sum())
                .put("resets", members.stream().mapToInt(CrowdMember::resets).sum())
                .put(
                        "silentNanos",
                        members.stream()
                                .mapToLong(CrowdMember::silentNanos)
                                .max()
                                .orElse(0))
                .put(
                        "awayNanos",
                        members.stream().mapToLong(CrowdMember::awayNanos).max().orElse(0))
                .put(
                        "findings",
                        new JsonArray(members.stream()
                                .flatMap(each -> each.stream().findings().stream())
                                .limit(5)
                                .toList()));
    }
}
