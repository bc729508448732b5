package io.ssebridge.history;

import io.vertx.core.Vertx;
import org.junit.jupiter.api.AfterEach;

class MemoryHistoryTest extends HistoryContract {
    private final Vertx vertx = Vertx.vertx();
    private final History history = new MemoryHistory(RULES);

    @AfterEach
    void close() {
        vertx.close().await();
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
