import com.hazelcast.config.FileSystemXmlConfig;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.Map;

/**
 * Clocks on demand: a Vert.x service that tells the time of a zone only while somebody reads it. It starts the clock of {@code
 * clocks.Asia/Tokyo} when that channel gets its first subscriber in the cluster, and stops it after the last one has left. It
 * uses Vert.x and Hazelcast only. The bridge needs a rule for {@code clocks.{zone}}.
 *
 * <pre>java -cp target/sse-bridge.jar src/examples/java/ClockService.java [cluster.xml]</pre>
 */
@SuppressWarnings("DefaultPackage") // Java runs it from its source.
public final class ClockService extends VerticleBase {
    private static final String CLOCKS = "clocks.";
    private static final long SECOND_MILLIS = 1_000;

    // The timer of each running clock, by its channel.
    private final Map<String, Long> running = new HashMap<>();

    private ClockService() {}

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
        vertx.deployVerticle(new ClockService()).await();
        System.out.println("ready");
    }

    @Override
    public Future<?> start() {
        // A message may come twice: start and stop do nothing the second time.
        return vertx.eventBus()
                .<JsonObject>consumer("sse.lifecycle", message -> changed(message.body()))
                .completion()
                .compose(listening -> vertx.eventBus().<JsonObject>request("sse.channels", new JsonObject()))
                .onSuccess(answer -> startAll(answer.body().getJsonArray("channels")));
    }

    /** Starts the clocks of channels that were in use before this service came. */
    private void startAll(JsonArray channels) {
        for (int i = 0; i < channels.size(); i++) {
            start(channels.getJsonObject(i).getString("channel"));
        }
    }

    private void changed(JsonObject change) {
        String channel = change.getString("channel");
        switch (change.getString("type")) {
            case "channel-active" -> start(channel);
            case "channel-idle" -> stop(channel);
            default -> {
                // A member came or left.
            }
        }
    }

    private void start(String channel) {
        if (channel.startsWith(CLOCKS) && !running.containsKey(channel)) {
            ZoneId zone;
            try {
                zone = ZoneId.of(channel.substring(CLOCKS.length()));
            } catch (java.time.DateTimeException unknown) {
                return;
            }
            running.put(channel, vertx.setPeriodic(0, SECOND_MILLIS, tick -> tell(channel, zone)));
            System.out.println("started " + channel);
        }
    }

    private void stop(String channel) {
        Long timer = running.remove(channel);
        if (timer != null) {
            vertx.cancelTimer(timer);
            System.out.println("stopped " + channel);
        }
    }

    private void tell(String channel, ZoneId zone) {
        vertx.eventBus()
                .publish(
                        channel,
                        new JsonObject().put("time", ZonedDateTime.now(zone).toString()));
    }
}
