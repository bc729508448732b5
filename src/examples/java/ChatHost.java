import com.hazelcast.config.FileSystemXmlConfig;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;

/**
 * The host of a chat: a Vert.x service that announces in each room the people who come and leave, and their number. The people
 * talk to each other by the bridge alone. The service uses Vert.x and Hazelcast only. The bridge needs this rule, which also
 * writes the subject of the speaker into each message:
 *
 * <pre>{channel: "rooms.{room}", presence: members, subscribe: authenticated, publish: {allow: authenticated, stamp: sub}}</pre>
 *
 * <pre>java -cp target/sse-bridge.jar src/examples/java/ChatHost.java [cluster.xml]</pre>
 */
@SuppressWarnings("DefaultPackage") // Java runs it from its source.
public final class ChatHost extends VerticleBase {
    private static final String ROOMS = "rooms.";

    private ChatHost() {}

    /**
     * Joins a cluster and serves.
     *
     * @param args Hazelcast's configuration; by default {@code cluster.xml} in the working directory
     */
    public static void main(String[] args) throws Exception {
        var config = new FileSystemXmlConfig(args.length == 0 ? "cluster.xml" : args[0]);
        var vertx = Vertx.builder()
                .withClusterManager(new HazelcastClusterManager(config))
                .buildClustered()
                .await();
        vertx.deployVerticle(new ChatHost()).await();
        System.out.println("ready");
    }

    @Override
    public Future<?> start() {
        return vertx.eventBus()
                .<JsonObject>consumer("sse.lifecycle", message -> changed(message.body()))
                .completion();
    }

    private void changed(JsonObject change) {
        if (!change.getString("channel").startsWith(ROOMS)) {
            return;
        }
        switch (change.getString("type")) {
            case "member-joined" -> announce(change, "has come");
            case "member-left" -> announce(change, "has left");
            default -> {
                // The room has got its first subscriber, or lost the last one.
            }
        }
    }

    private void announce(JsonObject change, String happened) {
        String room = change.getString("channel");
        vertx.eventBus()
                .<JsonObject>request("sse.presence", new JsonObject().put("channel", room))
                .compose(answer -> say(
                        room,
                        "%s %s (%d here)"
                                .formatted(
                                        change.getString("sub"),
                                        happened,
                                        answer.body().getJsonArray("members").size()),
                        change.getString("id")))
                .onFailure(failure -> System.out.println("not said in " + room + ": " + failure.getMessage()));
    }

    /** Says something once, even if the message about the change comes twice: both have the same id, which is the key. */
    private Future<Message<Object>> say(String room, String text, String key) {
        return vertx.eventBus()
                .request(
                        "sse.publish",
                        new JsonObject().put("text", text),
                        new DeliveryOptions()
                                .addHeader("channel", room)
                                .addHeader("event", "host")
                                .addHeader("key", key));
    }
}
