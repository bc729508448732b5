package io.ssebridge.subscriber;

import io.ssebridge.gzip.Checksum;
import io.ssebridge.gzip.DeflateBlocks;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A batch in its compressed form.
 *
 * @param blocks the compressed bytes
 * @param checksum the checksum of the bytes before compression
 */
record DeflatedBatch(EncodedBatch blocks, Checksum checksum) {
    static DeflatedBatch of(Buffer events) {
        byte[] bytes = events.getBytes();
        return new DeflatedBatch(EncodedBatch.of(Buffer.buffer(DeflateBlocks.of(bytes))), Checksum.of(bytes));
    }

    /**
     * Compresses a batch with shared bodies: each body once for all batches, and the other bytes not at all.
     *
     * @param parts all parts of the batch
     * @param bodies the shared bodies, each at the index of its part
     */
    static DeflatedBatch of(List<Buffer> parts, List<@Nullable SharedBody> bodies) {
        EncodedBatch.Builder blocks = new EncodedBatch.Builder();
        Checksum all = Checksum.of(new byte[0]);
        for (int i = 0; i < parts.size(); i++) {
            SharedBody body = bodies.get(i);
            if (body == null) {
                byte[] bytes = parts.get(i).getBytes();
                blocks.add(Buffer.buffer(DeflateBlocks.stored(bytes)));
                all = all.then(Checksum.of(bytes));
            } else {
                blocks.add(body.deflated());
                all = all.then(body.checksum());
            }
        }
        return new DeflatedBatch(blocks.build(0), all);
    }
}
