import com.hazelcast.config.FileSystemXmlConfig;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.List;

/**
 * A feed of notifications for each user, in one channel: a Vert.x service that says to whom each event goes. Users get only
 * their own events, also later from the history. The service uses Vert.x and Hazelcast only. The bridge needs this rule:
 *
 * <pre>{channel: notifications, subscribe: authenticated, publish: none}</pre>
 *
 * <pre>java -cp target/sse-bridge.jar src/examples/java/NotificationFeed.java [cluster.xml]</pre>
 */
@SuppressWarnings("DefaultPackage") // Java runs it from its source.
public final class NotificationFeed extends VerticleBase {
    private static final List<String> CUSTOMERS = List.of("alice", "bob");
    private static final long BETWEEN_ORDERS_MILLIS = 100;

    private int orders;

    private NotificationFeed() {}

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
        vertx.deployVerticle(new NotificationFeed()).await();
        System.out.println("ready");
    }

    @Override
    public Future<?> start() {
        vertx.setPeriodic(BETWEEN_ORDERS_MILLIS, next -> {
            orders++;
            String customer = CUSTOMERS.get(orders % CUSTOMERS.size());
            notify(new JsonObject().put("sub", customer), "shipped", orders);
            // Readers with this property in their tokens get a copy.
            notify(new JsonObject().put("role", "support"), "log", orders);
        });
        return Future.succeededFuture();
    }

    /** Publishes an event for the readers with these values: of the subject, or of properties in their tokens. */
    private void notify(JsonObject to, String event, int order) {
        vertx.eventBus()
                .request(
                        "notifications",
                        new JsonObject().put("order", order),
                        new DeliveryOptions().addHeader("event", event).addHeader("to", to.encode()))
                .onFailure(failure -> System.out.println("not published: " + failure.getMessage()));
    }
}
