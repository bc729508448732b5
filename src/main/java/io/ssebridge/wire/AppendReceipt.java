package io.ssebridge.wire;

import io.ssebridge.event.Cursor;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The receipt of a leader for one event of an {@link Submission.AppendRequest}. It names neither the channel, which the
 * request names, nor an id, which only the publisher needs. The node that asked the leader makes the publisher's
 * {@link io.ssebridge.event.Receipt} of it.
 *
 * @param cursor the cursor of the event
 * @param repeated whether the event had been retained before, because its publisher has repeated its key
 */
public record AppendReceipt(Cursor.At cursor, boolean repeated) {
    /** Encodes the receipts of a request as the body of a message. */
    public static Buffer encode(List<AppendReceipt> receipts) {
        Buffer bytes = Buffer.buffer();
        for (AppendReceipt receipt : receipts) {
            MessageCodec.append(bytes, receipt.cursor());
            bytes.appendByte((byte) (receipt.repeated() ? 1 : 0));
        }
        return bytes;
    }

    /**
     * Reads the receipts of a request.
     *
     * @param count the expected number of receipts
     * @throws IllegalArgumentException if the body has another form
     */
    public static List<AppendReceipt> decode(@Nullable Object body, int count) {
        MessageCodec.Reader reader = MessageCodec.Reader.of(body);
        List<AppendReceipt> receipts = new ArrayList<>();
        while (reader.hasMore()) {
            if (!(reader.cursor() instanceof Cursor.At cursor)) {
                throw new IllegalArgumentException("receipt: a cursor before the first frame (expected: of an event)");
            }
            receipts.add(new AppendReceipt(cursor, reader.flag()));
        }
        if (receipts.size() != count) {
            throw new IllegalArgumentException("message: %d receipts (expected: %d)".formatted(receipts.size(), count));
        }
        return receipts;
    }
}
