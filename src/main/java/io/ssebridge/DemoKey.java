package io.ssebridge;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.AsyncMap;
import java.security.SecureRandom;
import java.util.HexFormat;

/** The key of a demo. The first node creates it, all nodes share it, and it disappears with the last node. */
final class DemoKey {
    private static final String NAME = "secret";
    private static final int BYTES = 32;

    private DemoKey() {}

    static Future<String> shared(Vertx vertx) {
        byte[] drawn = new byte[BYTES];
        new SecureRandom().nextBytes(drawn);
        String mine = HexFormat.of().formatHex(drawn);
        Future<AsyncMap<String, String>> map = vertx.sharedData().getAsyncMap("sse.demo");
        return map.compose(keys -> keys.putIfAbsent(NAME, mine)).map(first -> first == null ? mine : first);
    }
}
