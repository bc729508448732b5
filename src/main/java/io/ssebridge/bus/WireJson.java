package io.ssebridge.bus;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.eventbus.impl.clustered.ClusteredMessage;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/**
 * A JSON message of another node, read as the text that its sender wrote. The codecs of Vert.x would make numbers of it, and
 * 1234567890123456.78 or 0.10 would come back as others.
 */
final class WireJson extends ClusteredMessage<Object, Object> {
    private static final Set<String> NAMES = Set.of("jsonobject", "jsonarray");
    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            // The table of field names seen takes names with equal hashes for an attack, and fails for everybody.
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    // The body of the message is still bytes; this copy of the message shares them, and decodes them in its own way.
    private WireJson(ClusteredMessage<Object, Object> message) {
        super(message);
        messageCodec = new Bytes();
    }

    /**
     * Finds the text of a message's body.
     *
     * @param message a message; its body must not have been read yet
     * @return bytes of UTF-8; empty if the message was sent in this JVM, or is not JSON
     */
    @SuppressWarnings("unchecked")
    static Optional<Buffer> of(Message<Object> message) {
        return message instanceof ClusteredMessage<?, ?> remote
                        && remote.isFromWire()
                        && remote.codec().systemCodecID() >= 0
                        && NAMES.contains(remote.codec().name())
                ? Optional.of((Buffer) new WireJson((ClusteredMessage<Object, Object>) remote).body())
                : Optional.empty();
    }

    /**
     * Checks that a text is JSON.
     *
     * @throws IllegalArgumentException if it is not
     */
    static void check(String text) {
        try (JsonParser parser = FACTORY.createParser(text)) {
            while (parser.nextToken() != null) {
                // To the end.
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("body: is not JSON", e);
        }
    }

    /** Reads what {@code JsonObjectMessageCodec} and {@code JsonArrayMessageCodec} write: a length and the bytes. */
    private static final class Bytes implements MessageCodec<Object, Object> {
        @Override
        public void encodeToWire(Buffer buffer, Object body) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Object decodeFromWire(int start, Buffer buffer) {
            int from = start + Integer.BYTES;
            return buffer.slice(from, from + buffer.getInt(start));
        }

        @Override
        public Object transform(Object body) {
            return body;
        }

        @Override
        public String name() {
            return "sse.wire-json";
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }
}
