package io.ssebridge.presence;

import io.ssebridge.channel.ChannelName;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message of a node to the leader of a shard: the changes of the attendances on the node since its last message.
 *
 * @param shard the shard
 * @param base the version that the leader must know; {@link #NOTHING}: the leader forgets what it knows of the node
 * @param version the version after the changes
 * @param complete whether the leader knows all attendances of the node then
 * @param changes the changes
 */
record RosterReport(int shard, long base, long version, boolean complete, List<Change> changes) {
    /** The base of a first report. */
    static final long NOTHING = -1;

    RosterReport {
        changes = List.copyOf(changes);
    }

    /**
     * A change.
     *
     * @param attendance the attendance
     * @param properties the public properties, as JSON; null: it has ended on the node
     */
    record Change(Attendance attendance, @Nullable String properties) {}

    JsonObject encode() {
        JsonArray list = new JsonArray();
        for (Change change : changes) {
            list.add(new JsonArray()
                    .add(change.attendance().channel().value())
                    .add(change.attendance().sub())
                    .add(change.properties()));
        }
        return new JsonObject()
                .put("shard", shard)
                .put("base", base)
                .put("version", version)
                .put("complete", complete)
                .put("changes", list);
    }

    /**
     * Reads the body of a message with reports.
     *
     * @throws IllegalArgumentException if it has another form
     */
    static List<RosterReport> decodeAll(@Nullable Object body) {
        if (!(body instanceof JsonArray array)) {
            throw new IllegalArgumentException("roster: expected a JsonArray");
        }
        List<RosterReport> reports = new ArrayList<>(array.size());
        for (int i = 0; i < array.size(); i++) {
            int index = i;
            reports.add(JsonForm.read(() -> decode(array.getJsonObject(index))));
        }
        return reports;
    }

    private static RosterReport decode(JsonObject json) {
        JsonArray list = json.getJsonArray("changes");
        List<Change> changes = new ArrayList<>(list.size());
        for (int i = 0; i < list.size(); i++) {
            JsonArray change = list.getJsonArray(i);
            changes.add(new Change(
                    new Attendance(new ChannelName(change.getString(0)), change.getString(1)), change.getString(2)));
        }
        return new RosterReport(
                json.getInteger("shard"),
                json.getLong("base"),
                json.getLong("version"),
                json.getBoolean("complete"),
                changes);
    }
}
