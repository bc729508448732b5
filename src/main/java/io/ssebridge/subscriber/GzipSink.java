package io.ssebridge.subscriber;

import io.ssebridge.gzip.Checksum;
import io.ssebridge.gzip.DeflateBlocks;
import io.vertx.core.buffer.Buffer;

/**
 * Compresses a stream as <a href="https://www.rfc-editor.org/rfc/rfc1952">gzip</a>. Each batch is compressed once for all streams, and
 * without the text before it. So the stream has no compressor, which would take up to 260 kB.
 *
 * <p><b>Owner:</b> the stream's event loop.
 */
public final class GzipSink implements EventSink {
    // No name, no time, no flags; the operating system is not known.
    private static final byte[] HEAD = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};
    // The last block, which is empty.
    private static final byte[] LAST_BLOCK = {3, 0};

    private final EventSink out;
    private int checksum;
    private int length;

    /**
     * Continues a stream.
     *
     * @param out takes the compressed bytes
     * @param first the events that were sent as {@link #first} before
     */
    public GzipSink(EventSink out, Buffer first) {
        this.out = out;
        appended(Checksum.of(first.getBytes()));
    }

    /** Returns the first bytes of a stream, with the first events in them. */
    public static Buffer first(Buffer events) {
        return Buffer.buffer(HEAD).appendBytes(DeflateBlocks.stored(events.getBytes()));
    }

    private void appended(Checksum piece) {
        checksum = piece.after(checksum);
        length += piece.length();
    }

    @Override
    public EncodedBatch form(EncodedBatch batch) {
        return out.form(batch.deflated().blocks());
    }

    @Override
    public void write(EncodedBatch batch) {
        DeflatedBatch deflated = batch.deflated();
        out.write(deflated.blocks());
        appended(deflated.checksum());
    }

    @Override
    public void end() {
        Buffer trailer = Buffer.buffer(LAST_BLOCK).appendIntLE(checksum).appendIntLE(length);
        try (EncodedBatch last = EncodedBatch.of(trailer)) {
            out.write(last);
        }
        out.end();
    }

    @Override
    public boolean isWritable() {
        return out.isWritable();
    }

    @Override
    public void onWritable(Runnable handler) {
        out.onWritable(handler);
    }

    @Override
    public void onClose(Runnable handler) {
        out.onClose(handler);
    }

    @Override
    public boolean copies() {
        return out.copies();
    }

    @Override
    public void abort() {
        out.abort();
    }
}
