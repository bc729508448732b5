package io.ssebridge.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.event.Cursor;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class UidTableTest {
    private final UidTable table = new UidTable();

    private record Entry(int term, long uid, long number) {}

    @Test
    void manyEventsThatComeAndGo_areFoundWhileTheyAreHere() {
        Random random = new Random(20_261_126);
        Deque<Entry> order = new ArrayDeque<>();
        Map<String, Entry> newest = new HashMap<>();
        for (long i = 0; i < 200_000; i++) {
            // It grows to some thousands and shrinks to nothing, again and again.
            boolean more = random.nextInt(100) < (i / 20_000 % 2 == 0 ? 60 : 40);
            if (more) {
                Entry entry = new Entry(1 + random.nextInt(3), random.nextInt(4_000) * 0x1_0000_0001L, i);
                table.add(entry.term(), entry.uid(), i, new Cursor.At(i, (int) (i & 0xffffff)), -i);
                order.add(entry);
                newest.put(entry.term() + " " + entry.uid(), entry);
            } else if (!order.isEmpty()) {
                Entry oldest = order.remove();
                assertThat(table.oldestSinceMillis()).isEqualTo(-oldest.number());
                table.removeOldest();
                newest.remove(oldest.term() + " " + oldest.uid(), oldest);
                table.shrink();
            }
            Entry any = new Entry(1 + random.nextInt(3), random.nextInt(4_000) * 0x1_0000_0001L, 0);
            Entry expected = newest.get(any.term() + " " + any.uid());
            int slot = table.find(any.term(), any.uid());
            if (expected == null) {
                assertThat(slot).isEqualTo(UidTable.NONE);
            } else {
                assertThat(table.arrival(slot)).isEqualTo(expected.number());
                assertThat(table.cursor(slot)).isEqualTo(new Cursor.At(expected.number(), (int) expected.number()));
                assertThat(table.sinceMillis(slot)).isEqualTo(-expected.number());
            }
        }
        assertThat(table.isEmpty()).isEqualTo(order.isEmpty());
    }

    @Test
    void anEmptyTable_takesNextToNothing() {
        long empty = table.bytes();
        for (int i = 0; i < 100_000; i++) {
            table.add(1, i, i, new Cursor.At(i, 0), 0);
        }
        assertThat(table.bytes()).isBetween(4_000_000L, 6_500_000L);
        while (!table.isEmpty()) {
            table.removeOldest();
        }
        for (int i = 0; i < 20; i++) {
            table.shrink();
        }

        assertThat(table.bytes()).isEqualTo(empty);
    }
}
