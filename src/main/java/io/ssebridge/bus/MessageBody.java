package io.ssebridge.bus;

import io.vertx.core.eventbus.Message;
import org.jspecify.annotations.Nullable;

/** Reads the bodies of messages, which any member of the cluster may have sent. */
final class MessageBody {
    private MessageBody() {}

    /**
     * Reads a body. Vert.x decodes it at the first access, with the codec that the sender chose.
     *
     * @throws IllegalArgumentException if it cannot be decoded
     */
    static @Nullable Object of(Message<Object> message) {
        try {
            return message.body();
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("body: cannot be decoded", e);
        }
    }
}
