package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.vertx.core.json.JsonArray;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Encodes and decodes channel names as the body of a message. */
final class Names {
    private Names() {}

    static JsonArray encode(Collection<ChannelName> names) {
        JsonArray array = new JsonArray();
        names.forEach(name -> array.add(name.value()));
        return array;
    }

    /**
     * Reads names.
     *
     * @throws IllegalArgumentException if the body has another form
     */
    static List<ChannelName> decode(@Nullable Object body) {
        if (!(body instanceof JsonArray array)) {
            throw new IllegalArgumentException("names: expected a JsonArray");
        }
        return array.stream().map(Names::name).toList();
    }

    private static ChannelName name(@Nullable Object value) {
        if (value instanceof String name) {
            return new ChannelName(name);
        }
        throw new IllegalArgumentException("names: expected strings");
    }
}
