package io.ssebridge.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** That the kit's services find each other, so that a test that fails with them blames the bridge and not the kit. */
@Timeout(120)
class PlainServiceIT {
    @Test
    void twoServices_talkOverTheEventBus() {
        try (TestCluster cluster = new TestCluster()) {
            PlainServiceProcess one = cluster.startPlainService();
            PlainServiceProcess two = cluster.startPlainService();
            one.serve("snapshot", new JsonObject().put("score", "1:0"));

            assertThat(two.request("snapshot", "now", Map.of("event", "goal")))
                    .isEqualTo(new JsonObject().put("score", "1:0"));
            assertThat(one.received("snapshot"))
                    .containsExactly(
                            new JsonObject().put("body", "now").put("headers", new JsonObject().put("event", "goal")));
            assertThat(two.request("nobody", "?", Map.of()).getInteger("code")).isEqualTo(-1);
        }
    }
}
