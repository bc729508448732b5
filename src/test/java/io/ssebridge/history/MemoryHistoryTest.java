package io.ssebridge.history;

import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class MemoryHistoryTest extends HistoryContract {
    private final Vertx vertx;
    private final History history = new MemoryHistory(RULES);

    MemoryHistoryTest(Vertx vertx) {
        this.vertx = vertx;
    }

    @Override
    protected History leaders() {
        return history;
    }

    @Override
    protected History readers() {
        return history;
    }

    @Override
    protected Vertx vertx() {
        return vertx;
    }
}
