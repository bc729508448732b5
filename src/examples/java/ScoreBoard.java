import com.hazelcast.config.FileSystemXmlConfig;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A score board: a Vert.x service that knows all scores of a league. A new stream of {@code leagues.north} begins with the
 * whole board, and then gets each change. The service uses Vert.x and Hazelcast only. The bridge needs this rule:
 *
 * <pre>{channel: "leagues.{league}", subscribe: public, initial: scores.board}</pre>
 *
 * <pre>java -cp target/sse-bridge.jar src/examples/java/ScoreBoard.java [cluster.xml]</pre>
 */
@SuppressWarnings("DefaultPackage") // Java runs it from its source.
public final class ScoreBoard extends VerticleBase {
    private static final String LEAGUES = "leagues.";
    private static final List<String> TEAMS = List.of("Foxes", "Herons", "Otters");
    private static final long BETWEEN_GOALS_MILLIS = 200;

    // The goals of each team, by league.
    private final Map<String, Map<String, Object>> leagues = new TreeMap<>();

    private ScoreBoard() {}

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
        vertx.deployVerticle(new ScoreBoard()).await();
        System.out.println("ready");
    }

    @Override
    public Future<?> start() {
        vertx.setPeriodic(BETWEEN_GOALS_MILLIS, goal -> score("north", TEAMS.get(new Random().nextInt(TEAMS.size()))));
        return vertx.eventBus().consumer("scores.board", this::board).completion();
    }

    /** Answers the bridge: the state of a channel, as one event. */
    private void board(Message<JsonObject> question) {
        String league = question.body().getString("channel").substring(LEAGUES.length());
        question.reply(new JsonObject().put("event", "board").put("data", new JsonObject(goals(league))));
    }

    private Map<String, Object> goals(String league) {
        return leagues.computeIfAbsent(league, first -> new TreeMap<>());
    }

    /** Counts a goal: first the state changes, then the event goes out. */
    private void score(String league, String team) {
        int goals = (int) goals(league).merge(team, 1, (before, one) -> (int) before + (int) one);
        // The new number, not "one more": the event does no harm if the board already has it.
        vertx.eventBus()
                .request(
                        "sse.publish",
                        new JsonObject().put("team", team).put("goals", goals),
                        new DeliveryOptions()
                                .addHeader("channel", LEAGUES + league)
                                .addHeader("event", "goal"))
                .onFailure(failure -> System.out.println("not published: " + failure.getMessage()));
    }
}
