package io.ssebridge.demo;

import io.ssebridge.demo.Script.Line;
import io.ssebridge.demo.Script.LineKind;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** A job: what it does and how far it is. Another service says by its webhook that it has finished. */
final class Job {
    private static final long STEP_MILLIS = 500;
    private static final int ROWS = 12_840;
    private static final List<String> LOG = List.of(
            "Started",
            "Connected to the warehouse",
            "Reading orders",
            "Read 4,000 rows",
            "Read 8,000 rows",
            "Read 12,840 rows",
            "Grouping by customer",
            "Writing the report",
            "Checking the totals",
            "Handed over to the mail service");

    private Job() {}

    static Script script(String id) {
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < LOG.size(); i++) {
            lines.add(Line.of("log", LOG.get(i)));
            lines.add(Line.of("progress", new JsonObject().put("percent", (i + 1) * 95 / LOG.size())));
        }
        JsonObject result = new JsonObject()
                .put("status", "finished")
                .put("rows", ROWS)
                .put("result", "history/jobs." + id + "?limit=1000");
        lines.add(new Line("done", result, LineKind.LAST_BY_WEBHOOK));
        return new Script(lines, STEP_MILLIS);
    }
}
