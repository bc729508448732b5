package io.ssebridge.subscriber;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The bytes that go over the wire, and the owner of their memory. */
class EncodedBatchTest {
    private static final Buffer LINES = Buffer.buffer("data: " + "x".repeat(5_000) + "\n");

    private final Memory memory = new Memory();

    @Test
    void events_becomeOneChunk() {
        try (EncodedBatch batch =
                EncodedBatch.of(List.of(Buffer.buffer("data: a\n\n"), Buffer.buffer("data: b\n\n")))) {
            assertThat(text(batch.chunk(memory))).isEqualTo("12\r\ndata: a\n\ndata: b\n\n\r\n");
        }
        assertThat(memory.isFree()).isTrue();
    }

    @Test
    void batchesThatDifferInTheId_shareTheLinesBeforeIt() {
        SharedBody body = new SharedBody(LINES);
        EncodedBatch one = sharing(body, "id: 1\n\n");
        EncodedBatch two = sharing(body, "id: 22\n\n");
        ByteBuf first = one.chunk(memory).retainedDuplicate();
        ByteBuf second = two.chunk(memory).retainedDuplicate();
        one.close();
        two.close();
        body.close();

        assertThat(text(first)).isEqualTo(chunk("data: a\n\nid: 0\n\n" + LINES + "id: 1\n\n"));
        assertThat(text(second)).isEqualTo(chunk("data: a\n\nid: 0\n\n" + LINES + "id: 22\n\n"));
        assertThat(first.isDirect()).isTrue();
        assertThat(memory.taken()).isLessThan(LINES.length() + 200);
        first.release();
        assertThat(memory.isFree()).isFalse();
        second.release();
        assertThat(memory.isFree()).isTrue();
    }

    @Test
    void aBatchForWhichThereIsNoMemory_leavesNothing_andCanBeMadeLater() {
        memory.left = 100;
        SharedBody body = new SharedBody(LINES);
        EncodedBatch batch = sharing(body, "id: 1\n\n");

        assertThatThrownBy(() -> batch.chunk(memory)).isInstanceOf(NoDirectMemoryException.class);
        assertThat(memory.isFree()).isTrue();

        memory.left = Integer.MAX_VALUE;
        assertThat(text(batch.chunk(memory))).endsWith("id: 1\n\n\r\n");
    }

    @Test
    void aHeapThatIsUsedUp_isNotTakenForDirectMemory() {
        memory.left = 0;
        memory.fault = new OutOfMemoryError("Java heap space");

        assertThatThrownBy(() -> EncodedBatch.of(LINES).chunk(memory)).isInstanceOf(OutOfMemoryError.class);
    }

    private static EncodedBatch sharing(SharedBody body, String end) {
        EncodedBatch.Builder batch = new EncodedBatch.Builder();
        batch.add(Buffer.buffer("data: a\n\nid: 0\n\n"));
        batch.add(body);
        batch.add(Buffer.buffer(end));
        return batch.build(1);
    }

    private static String chunk(String events) {
        return Integer.toHexString(events.length()) + "\r\n" + events + "\r\n";
    }

    private static String text(ByteBuf bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Takes memory outside the heap as long as there is some. */
    private static final class Memory extends AbstractByteBufAllocator {
        private final List<ByteBuf> made = new ArrayList<>();
        private int left = Integer.MAX_VALUE;
        private OutOfMemoryError fault = new OutOfMemoryError("Cannot reserve 5000 bytes of direct buffer memory");

        private Memory() {
            super(true);
        }

        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            return UnpooledByteBufAllocator.DEFAULT.heapBuffer(initialCapacity, maxCapacity);
        }

        @Override
        public boolean isDirectBufferPooled() {
            return false;
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            left -= initialCapacity;
            if (left < 0) {
                throw fault;
            }
            ByteBuf buffer = UnpooledByteBufAllocator.DEFAULT.directBuffer(initialCapacity, maxCapacity);
            made.add(buffer);
            return buffer;
        }

        private int taken() {
            return made.stream().mapToInt(ByteBuf::capacity).sum();
        }

        private boolean isFree() {
            return made.stream().allMatch(each -> each.refCnt() == 0);
        }
    }
}
