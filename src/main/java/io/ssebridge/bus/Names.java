package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.vertx.core.json.JsonArray;
import java.util.Collection;
import java.util.List;

/** Channel names as the body of a message. */
final class Names {
    private Names() {}

    static JsonArray encode(Collection<ChannelName> names) {
        JsonArray array = new JsonArray();
        names.forEach(name -> array.add(name.value()));
        return array;
    }

    static List<ChannelName> decode(JsonArray array) {
        return array.stream().map(value -> new ChannelName((String) value)).toList();
    }
}
