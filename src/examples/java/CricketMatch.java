import com.hazelcast.config.Config;
import com.hazelcast.config.FileSystemXmlConfig;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.FileNotFoundException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A Vert.x service that plays a cricket match, ball by ball, onto the event bus address {@code cricket.<match>.score}. It uses Vert.x and
 * Hazelcast only; that SSE Bridge brings its events to browsers, it need not know.
 *
 * <pre>java -cp target/sse-bridge.jar src/examples/java/CricketMatch.java [match] [interval=2000] [balls=0] [seed=1]</pre>
 *
 * <p>{@code interval} is in milliseconds; {@code balls=0} plays on until Ctrl-C; the same {@code seed} plays the same match.
 */
@SuppressWarnings("DefaultPackage") // Java runs it from its source.
public final class CricketMatch extends VerticleBase {
    private static final String USAGE = "usage: CricketMatch [match] [interval=<ms>] [balls=<n>] [seed=<n>]";
    private static final int BALLS_PER_OVER = 6;
    private static final int OVERS = 20;
    private static final List<String> BATTERS = List.of(
            "Pemberley",
            "Anand",
            "O'Farrell",
            "Tuilagi",
            "Khatri",
            "Winslow",
            "Dacosta",
            "Mbeki",
            "Harcastle",
            "Roy",
            "Quill");
    private static final List<String> BOWLERS = List.of("Thackwell", "Perera", "Vane", "Okonjo", "Silverdale");
    /** One in this list is drawn per ball; -1 is a wicket. */
    private static final List<Integer> OUTCOMES = List.of(0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4, 4, 4, 6, -1);

    private final String match;
    private final long interval;
    private final long ballsToPlay;
    private final Random random;
    private long played;
    private int balls;
    private int runs;
    private int wickets;
    private String striker = BATTERS.get(0);
    private String partner = BATTERS.get(1);

    private CricketMatch(String match, long interval, long ballsToPlay, long seed) {
        this.match = match;
        this.interval = interval;
        this.ballsToPlay = ballsToPlay;
        this.random = new Random(seed);
    }

    /**
     * Joins the cluster of {@code cluster.xml} in the working directory and plays.
     *
     * @param args the match and the options, all optional
     */
    public static void main(String[] args) {
        String match = Arrays.stream(args)
                .filter(arg -> !arg.contains("="))
                .findFirst()
                .orElse("demo");
        CricketMatch cricket = new CricketMatch(
                match, option(args, "interval", 2000), option(args, "balls", 0), option(args, "seed", 1));
        Vertx vertx = joinCluster();
        // On Ctrl-C: leave the cluster, so that nobody has to wait for our heartbeat to stay away.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> leave(vertx)));
        vertx.deployVerticle(cricket).await();
    }

    @Override
    public Future<?> start() {
        vertx.setPeriodic(0, interval, timer -> {
            if (ballsToPlay > 0 && played == ballsToPlay) {
                vertx.close(); // An interval after the last ball, which thus had time to go out.
            } else {
                playBall();
            }
        });
        return Future.succeededFuture();
    }

    private void playBall() {
        JsonObject ball = nextBall();
        played++;
        vertx.eventBus().publish("cricket." + match + ".score", ball, new DeliveryOptions().addHeader("event", "ball"));
        System.out.printf("%5s  %-6s %s%n", ball.getString("over"), ball.getString("score"), ball.getString("text"));
    }

    private static Vertx joinCluster() {
        // Twice, because Hazelcast logs before it has read its configuration too.
        System.setProperty("hazelcast.logging.type", "none");
        try {
            Config config = new FileSystemXmlConfig("cluster.xml").setProperty("hazelcast.logging.type", "none");
            return Vertx.builder()
                    .withClusterManager(new HazelcastClusterManager(config))
                    .buildClustered()
                    .await(30, TimeUnit.SECONDS);
        } catch (FileNotFoundException e) {
            throw exit("no cluster.xml in this directory (expected: the one that the nodes of the cluster use)");
        } catch (TimeoutException e) {
            throw exit("could not join the cluster within 30 s");
        }
    }

    private static void leave(Vertx vertx) {
        try {
            vertx.close().await(10, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            System.err.println("CricketMatch: left without saying goodbye to the cluster");
        }
    }

    private JsonObject nextBall() {
        if (balls == OVERS * BALLS_PER_OVER || wickets == BATTERS.size() - 1) {
            newInnings();
        }
        String bowler = BOWLERS.get(balls / BALLS_PER_OVER % BOWLERS.size());
        String batter = striker;
        int outcome = OUTCOMES.get(random.nextInt(OUTCOMES.size()));
        boolean wicket = outcome < 0;
        int scored = Math.max(outcome, 0);
        String over = balls / BALLS_PER_OVER + "." + (balls % BALLS_PER_OVER + 1);
        runs += scored;
        balls++;
        if (wicket) {
            wickets++;
            striker = BATTERS.get(Math.min(wickets + 1, BATTERS.size() - 1));
        }
        boolean endOfOver = balls % BALLS_PER_OVER == 0;
        if (scored % 2 == 1 ^ endOfOver) {
            changeEnds();
        }
        return new JsonObject()
                .put("match", match)
                .put("over", over)
                .put("runs", scored)
                .put("wicket", wicket)
                .put("batter", batter)
                .put("bowler", bowler)
                .put("text", pick(commentary(outcome)).formatted(batter, bowler))
                .put("score", runs + "/" + wickets);
    }

    private void newInnings() {
        balls = 0;
        runs = 0;
        wickets = 0;
        striker = BATTERS.get(0);
        partner = BATTERS.get(1);
    }

    private void changeEnds() {
        String other = striker;
        striker = partner;
        partner = other;
    }

    private String pick(List<String> texts) {
        return texts.get(random.nextInt(texts.size()));
    }

    private static List<String> commentary(int outcome) {
        return switch (outcome) {
            case 0 ->
                List.of(
                        "%2$s to %1$s, no run, defended on the front foot.",
                        "Beaten! %2$s goes past the outside edge of %1$s.",
                        "%1$s drives, straight to mid-off. No run.",
                        "%1$s leaves it alone outside off stump.");
            case 1 ->
                List.of(
                        "%1$s pushes it into the covers and takes a quick single.",
                        "Worked off the pads by %1$s, one run to fine leg.");
            case 2 ->
                List.of(
                        "%1$s clips %2$s through midwicket, and they come back for two.",
                        "%1$s cuts behind point; good running, two more.");
            case 3 ->
                List.of(
                        "%1$s drives wide of mid-off; hauled in just inside the rope. Three.",
                        "Misfield on the boundary, and %1$s gets three for it.");
            case 4 ->
                List.of(
                        "FOUR! %1$s leans into the cover drive, and nobody moves.",
                        "FOUR! Short from %2$s, and %1$s pulls it in front of square.",
                        "FOUR! A thick edge past slip, not that %1$s will mind.");
            case 6 ->
                List.of(
                        "SIX! %1$s dances down the pitch and lifts %2$s over long-on.",
                        "SIX! %1$s slog-sweeps into the second tier.");
            default ->
                List.of(
                        "OUT! Bowled him! %2$s knocks back the off stump of %1$s.",
                        "OUT! %1$s edges, and the keeper takes it low to his right.",
                        "OUT! Plumb in front: %1$s is leg before to %2$s.",
                        "OUT! %1$s goes for glory and is caught on the rope.");
        };
    }

    private static long option(String[] args, String name, long otherwise) {
        String prefix = name + "=";
        for (String arg : args) {
            if (arg.startsWith(prefix)) {
                try {
                    return Long.parseUnsignedLong(arg.substring(prefix.length()));
                } catch (NumberFormatException e) {
                    throw exit(arg + " is no number; " + USAGE);
                }
            }
        }
        return otherwise;
    }

    private static IllegalStateException exit(String why) {
        System.err.println("CricketMatch: " + why);
        System.exit(2);
        return new IllegalStateException(why);
    }
}
