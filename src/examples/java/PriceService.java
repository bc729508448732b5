import com.hazelcast.config.FileSystemXmlConfig;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;

/**
 * Prices by tier: a Vert.x service that makes the price of each event for customers of different tiers. However many customers
 * listen, a node of the bridge asks once for each event and tier. A reader without a tier gets no price. The service uses Vert.x and
 * Hazelcast only. The bridge needs this rule:
 *
 * <pre>{channel: "prices.**", personalize: {by: [tier], address: prices.personal}}</pre>
 *
 * <pre>java -cp target/sse-bridge.jar src/examples/java/PriceService.java [cluster.xml]</pre>
 */
@SuppressWarnings("DefaultPackage") // Java runs it from its source.
public final class PriceService extends VerticleBase {
    private static final Map<String, BigDecimal> FACTORS =
            Map.of("gold", new BigDecimal("0.90"), "silver", BigDecimal.ONE);

    private PriceService() {}

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
        vertx.deployVerticle(new PriceService()).await();
        System.out.println("ready");
    }

    @Override
    public Future<?> start() {
        return vertx.eventBus()
                .<JsonObject>consumer("prices.personal", PriceService::answer)
                .completion();
    }

    private static void answer(Message<JsonObject> message) {
        JsonObject question = message.body();
        String tier = question.getJsonObject("properties").getString("tier", "none");
        JsonObject offer = new JsonObject(question.getString("data"));
        BigDecimal factor = FACTORS.get(tier);
        if (factor == null) {
            // These customers do not get the event.
            message.reply(null);
        } else {
            BigDecimal price = new BigDecimal(offer.getString("price")).multiply(factor);
            offer.put("price", price.setScale(2, RoundingMode.HALF_UP).toPlainString());
            message.reply(new JsonObject().put("data", offer));
        }
        System.out.printf("%s for %s%n", offer.getString("item"), tier);
    }
}
