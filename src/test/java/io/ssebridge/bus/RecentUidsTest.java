package io.ssebridge.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Promise;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RecentUidsTest {
    private final RecentUids uids = new RecentUids(1_000, 3);

    @Test
    void whatIsOlderThanTheWindow_isForgotten() {
        add(1, 0);
        add(2, 999);
        assertThat(remembered()).containsExactly(1, 2);

        add(3, 1_000);
        assertThat(remembered()).containsExactly(2, 3);
    }

    @Test
    void moreThanAreAllowed_areForgotten_theOldestFirst() {
        LongStream.rangeClosed(1, 5).forEach(uid -> add(uid, 0));

        assertThat(remembered()).containsExactly(3, 4, 5);
    }

    @Test
    void whatComesAnew_isAmongTheNewest() {
        LongStream.rangeClosed(1, 3).forEach(uid -> add(uid, 0));
        add(1, 0);
        add(4, 0);

        assertThat(remembered()).contains(1, 4).doesNotContain(2);
    }

    private void add(long uid, long now) {
        uids.add(uid, uid, Promise.promise(), now);
    }

    private long[] remembered() {
        return LongStream.rangeClosed(1, 5)
                .filter(uid -> uids.find(uid) != null)
                .toArray();
    }
}
