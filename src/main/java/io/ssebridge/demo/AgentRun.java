package io.ssebridge.demo;

import io.ssebridge.demo.Script.Line;
import io.ssebridge.demo.Script.LineKind;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An answer that comes word by word, as a language model gives it. The answer is always the same. */
final class AgentRun {
    private static final long STEP_MILLIS = 200;
    private static final String ANSWER = "Each word of this answer is an event of its own. The node that leads the "
            + "channel gives it a number and keeps it, together with a second node. Only then the word comes to your "
            + "page. Your browser remembers the id of the last word that it got. Reload this page, close the lid of "
            + "your laptop, or kill the node that serves you. The browser comes back with that id, to any node, and "
            + "the words go on exactly there. Nothing is missing and nothing comes twice. Open this run on your phone, "
            + "and you see it from its first word. When the last word is out, the channel ends, and your stream with it.";

    private AgentRun() {}

    static Script script(@Nullable String question) {
        List<Line> lines = new ArrayList<>();
        lines.add(Line.of("question", new JsonObject().put("text", question)));
        String[] words = ANSWER.split("(?<= )", -1);
        for (int i = 0; i < words.length; i++) {
            lines.add(Line.of("word", new JsonObject().put("n", i).put("text", words[i])));
        }
        lines.add(new Line("done", new JsonObject().put("words", words.length), LineKind.LAST));
        return new Script(lines, STEP_MILLIS);
    }
}
