package io.ssebridge;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** A program that embeds the bridge and configures it with JSON. It prints the options as JSON. */
final class Embedder {
    private Embedder() {}

    public static void main(String[] arguments) {
        JsonObject options = new JsonObject()
                .put("http", new JsonObject().put("host", "127.0.0.1"))
                .put(
                        "channels",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("channel", "news")
                                        .put("subscribe", "public")
                                        .put("publish", "none")));
        System.out.println(BridgeOptions.of(options).toJson().encode());
    }
}
