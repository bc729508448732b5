package io.ssebridge.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.leader.IdempotencyKeys.Kept;
import io.ssebridge.membership.Shards;
import io.ssebridge.membership.SharedMaps;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.Histories;
import java.util.List;
import org.junit.jupiter.api.Test;

class IdempotencyKeysTest {
    private static final ChannelName NEWS = new ChannelName("news");
    // A name with the same hash code, and so the same shard.
    private static final ChannelName ONE = new ChannelName("Aa");
    private static final ChannelName OTHER = new ChannelName("BB");

    private final SharedMaps maps = SharedMaps.local(new FakeClock());
    private final IdempotencyKeys keys = new IdempotencyKeys(maps);

    @Test
    void theEventsOfABatch_areOneMapEntry_andAreFoundWithTheirReceiptsAndTime() {
        NumberedFrame first = event(11, 7, 700);
        NumberedFrame second = event(12, 8, 700);
        keep(NEWS, List.of(first, second));
        keep(NEWS, List.of(event(13, 9, 900)));

        assertThat(maps.keys().keys().result()).hasSize(2);
        assertThat(keys.find(NEWS).result())
                .containsExactlyInAnyOrder(
                        new Kept(11, first.cursor(), 700),
                        new Kept(12, second.cursor(), 700),
                        new Kept(13, event(13, 9, 900).cursor(), 900));
        assertThat(keys.find(ONE).result()).isEmpty();
    }

    @Test
    void channelsWithTheSameHash_doNotReplaceEachOthersEvents() {
        keep(ONE, List.of(event(11, 7, 700)));
        keep(OTHER, List.of(event(12, 7, 700)));

        assertThat(keys.find(ONE).result()).extracting(Kept::uid).contains(11L);
        assertThat(keys.find(OTHER).result()).extracting(Kept::uid).contains(12L);
    }

    /** Each channel that was opened read the keys of all channels. */
    @Test
    void withoutACluster_aChannelReadsItsOwnEntriesOnly() {
        keep(NEWS, List.of(event(1, 0, 700)));
        // Of one shard with the channel that is looked for.
        for (int i = 0; i < 10_000; i++) {
            ChannelName name = new ChannelName("of." + i);
            if (Shards.of(name) == Shards.of(NEWS)) {
                keep(name, List.of(event(i, i, 700)));
            }
        }

        assertThat(maps.keys().keys().result()).hasSizeGreaterThan(100);
        assertThat(maps.keys().entriesIn(maps.keyPartition().apply(NEWS)).result())
                .hasSize(1);
        assertThat(keys.find(NEWS).result()).extracting(Kept::uid).containsExactly(1L);
    }

    private void keep(ChannelName channel, List<NumberedFrame> events) {
        assertThat(keys.keep(channel, events).succeeded()).isTrue();
    }

    private static NumberedFrame event(long uid, long sequence, long time) {
        return new NumberedFrame(sequence, Histories.event(uid, sequence - 1, 0, 5, time));
    }
}
