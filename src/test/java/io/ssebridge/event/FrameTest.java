package io.ssebridge.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameTest {
    private final Random random = new Random(20_261_126);

    @Test
    void theSameEvents_haveOtherTags_afterAnotherGenesis() {
        int one = Frame.tag(Frame.NO_TAG, random.nextLong());
        int other = Frame.tag(Frame.NO_TAG, random.nextLong());
        for (int i = 0; i < 100_000; i++) {
            long uid = random.nextLong();
            one = Frame.tag(one, uid);
            other = Frame.tag(other, uid);
            assertThat(one).isNotEqualTo(other);
        }
    }

    /** As in the two halves of a split with publishers that use keys. */
    @Test
    void theSameEvent_hasAnotherTag_afterAnotherEvent() {
        int same = Frame.tag(Frame.NO_TAG, random.nextLong());
        int one = Frame.tag(Frame.tag(same, 1), 3);
        int other = Frame.tag(Frame.tag(same, 2), 3);

        assertThat(one).isNotEqualTo(other);
        assertThat(Frame.tag(Frame.tag(same, 1), 2)).isNotEqualTo(Frame.tag(Frame.tag(same, 2), 1));
    }

    @Test
    void eachTagBefore_leadsToAnotherTag_andNoneToNone() {
        for (long uid : new long[] {0, 1, random.nextLong()}) {
            BitSet tags = new BitSet(Frame.MAX_TAG + 1);
            for (int link = 1; link <= Frame.MAX_LINK; link++) {
                tags.set(Frame.tag(link << 1, uid));
            }

            assertThat(tags.cardinality()).isEqualTo(Frame.MAX_LINK);
            assertThat(tags.stream()).noneMatch(tag -> (tag & Frame.END_BIT) != 0);
            assertThat(tags.get(Frame.NO_TAG)).isFalse();
            assertThat(Frame.tag(Frame.NO_TAG, uid)).isNotEqualTo(Frame.NO_TAG);
        }
    }
}
