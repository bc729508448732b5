package io.ssebridge.demo;

import io.ssebridge.demo.Script.Line;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A short cricket match, ball by ball. The same seed plays the same match. */
final class CricketMatch {
    /** The number of balls of a match, unless all are out before. */
    static final int BALLS = 60;

    private static final long STEP_MILLIS = 1_500;
    private static final int BALLS_PER_OVER = 6;
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
    private static final int WICKET = -1;
    /** One of these is drawn for each ball. */
    private static final List<Integer> OUTCOMES =
            List.of(0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4, 4, 4, 6, WICKET);

    private final Random random;
    private int balls;
    private int runs;
    private int wickets;
    private String striker = BATTERS.get(0);
    private String partner = BATTERS.get(1);

    private CricketMatch(String seed) {
        this.random = new Random(seed.hashCode());
    }

    static Script script(String seed) {
        CricketMatch match = new CricketMatch(seed);
        List<Line> lines = new ArrayList<>(BALLS);
        while (match.balls < BALLS && match.wickets < BATTERS.size() - 1) {
            lines.add(Line.of("ball", match.ball()));
        }
        return new Script(lines, STEP_MILLIS);
    }

    private JsonObject ball() {
        String bowler = BOWLERS.get(balls / BALLS_PER_OVER % BOWLERS.size());
        String batter = striker;
        int outcome = OUTCOMES.get(random.nextInt(OUTCOMES.size()));
        int scored = Math.max(outcome, 0);
        String over = balls / BALLS_PER_OVER + "." + (balls % BALLS_PER_OVER + 1);
        runs += scored;
        balls++;
        if (outcome == WICKET) {
            wickets++;
            striker = BATTERS.get(Math.min(wickets + 1, BATTERS.size() - 1));
        }
        boolean endOfOver = balls % BALLS_PER_OVER == 0;
        if (scored % 2 == 1 ^ endOfOver) {
            changeEnds();
        }
        return new JsonObject()
                .put("match", "demo")
                .put("over", over)
                .put("runs", scored)
                .put("wicket", outcome == WICKET)
                .put("batter", batter)
                .put("bowler", bowler)
                .put("text", comment(outcome).formatted(batter, bowler))
                .put("score", runs + "/" + wickets);
    }

    private void changeEnds() {
        String other = striker;
        striker = partner;
        partner = other;
    }

    private static String comment(int outcome) {
        return switch (outcome) {
            case 0 -> "%2$s to %1$s, no run.";
            case 1 -> "%1$s pushes it into the covers and takes a quick single.";
            case 2 -> "%1$s clips %2$s through midwicket, and they come back for two.";
            case 3 -> "%1$s drives wide of mid-off. Three.";
            case 4 -> "FOUR! %1$s leans into the cover drive, and nobody moves.";
            case 6 -> "SIX! %1$s dances down the pitch and lifts %2$s over long-on.";
            default -> "OUT! Bowled him! %2$s knocks back the off stump of %1$s.";
        };
    }
}
