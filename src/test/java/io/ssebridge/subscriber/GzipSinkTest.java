package io.ssebridge.subscriber;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** Streams that share compressed batches; GZIPInputStream checks the checksum and the length at the end. */
class GzipSinkTest {
    private static final Buffer COMMENT = Buffer.buffer(": \n");
    private static final String BURST = "data: {\"score\": 1, \"player\": \"no 7\"}\n\n".repeat(100);
    private static final String LARGE = "data: " + "a large event ".repeat(500) + "\n";

    @Test
    void streamsOfOneBatch_shareTheCompressedBytes_whateverTheyGotBefore() throws IOException {
        Out early = new Out();
        Out late = new Out();
        EncodedBatch first = EncodedBatch.of(Buffer.buffer("data: first\n\n"));
        EncodedBatch burst = EncodedBatch.of(Buffer.buffer(BURST));
        GzipSink one = new GzipSink(early, COMMENT);
        one.write(first);
        one.write(burst);
        GzipSink two = new GzipSink(late, COMMENT);
        two.write(burst);
        one.end();
        two.end();

        assertThat(early.text()).isEqualTo(": \ndata: first\n\n" + BURST);
        assertThat(late.text()).isEqualTo(": \n" + BURST);
        assertThat(early.batches.get(1)).isSameAs(late.batches.get(0));
        assertThat(early.batches.get(1).length()).isLessThan(BURST.length() / 10);
        assertThat(one.form(burst)).isSameAs(early.batches.get(1));
    }

    @Test
    void batchesThatDifferInTheId_shareTheCompressedBody() throws IOException {
        SharedBody body = new SharedBody(Buffer.buffer(LARGE));
        Out out = new Out();
        GzipSink sink = new GzipSink(out, COMMENT);
        List<EncodedBatch> made = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            EncodedBatch.Builder batch = new EncodedBatch.Builder();
            batch.add(body);
            batch.add(Buffer.buffer("id: " + i + "\n\n"));
            made.add(batch.build(1));
            sink.write(made.get(i));
        }
        sink.end();

        assertThat(out.text()).isEqualTo(": \n" + LARGE + "id: 0\n\n" + LARGE + "id: 1\n\n");
        assertThat(out.batches.get(0).length()).isLessThan(200);
        assertThat(body.deflated()).isSameAs(body.deflated());
        made.forEach(EncodedBatch::close);
        body.close();
        assertThat(out.held).allMatch(chunk -> chunk.refCnt() == 1);
    }

    /** Keeps what is written, also as the chunks for a socket. */
    private static final class Out implements EventSink {
        private final List<EncodedBatch> batches = new ArrayList<>();
        private final List<ByteBuf> held = new ArrayList<>();
        private final Buffer all = GzipSink.first(COMMENT);

        @Override
        public void write(EncodedBatch batch) {
            batches.add(batch);
            all.appendBuffer(batch.toBuffer());
            held.add(batch.chunk(UnpooledByteBufAllocator.DEFAULT).retainedDuplicate());
        }

        String text() throws IOException {
            try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(all.getBytes()))) {
                return new String(in.readAllBytes(), UTF_8);
            }
        }

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public void onWritable(Runnable handler) {}

        @Override
        public void onClose(Runnable handler) {}

        @Override
        public void end() {}

        @Override
        public void abort() {}
    }
}
