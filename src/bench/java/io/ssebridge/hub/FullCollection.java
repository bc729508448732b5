package io.ssebridge.hub;

import io.ssebridge.event.Cursor;
import io.ssebridge.subscriber.StreamLifetime;
import io.ssebridge.subscriber.Subscriber;
import io.vertx.core.Vertx;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures how long a full collection stops a node with 100,000 seats, with sinks that only count. The objects of sockets would come
 * on top. Run it by hand, for each collector:
 *
 * <pre>java -Xmx1g -XX:+UseG1GC -cp … io.ssebridge.hub.FullCollection 100000</pre>
 */
public final class FullCollection {
    private static final int TIMES = 7;

    private FullCollection() {}

    /** Takes the number of seats. */
    public static void main(String[] args) {
        int seats = Integer.parseInt(args[0]);
        Vertx vertx = Vertx.vertx();
        Cursor tail = new Cursor.At(1, 1);
        Audience audience = FanOutBenchmark.audience(vertx, tail);
        System.gc();
        long emptyBytes = used();
        List<Seat> all = new ArrayList<>(seats);
        for (int i = 0; i < seats; i++) {
            Subscriber subscriber = new Subscriber(
                    new FanOutBenchmark.Counter(), new StreamLifetime(Long.MAX_VALUE, Long.MAX_VALUE), 0);
            all.add(audience.add(
                    subscriber,
                    new Bookmarks(List.of(FanOutBenchmark.CHANNEL), List.of(tail), any -> true),
                    0,
                    StreamForm.PLAIN));
        }
        for (int i = 0; i < TIMES; i++) {
            long before = collectionMillis();
            System.gc();
            System.out.printf(
                    "%d seats, %d bytes each: full collection %d ms%n",
                    all.size(), (used() - emptyBytes) / seats, collectionMillis() - before);
        }
        vertx.close().await();
    }

    private static long used() {
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static long collectionMillis() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionTime)
                .sum();
    }
}
