package io.ssebridge.fault;

import io.ssebridge.testing.TestNode;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The histories that are left when two halves of a cluster have become one again. They have no event that the other half
 * had acknowledged meanwhile; all subscribers must end up with exactly their events.
 */
final class Survivors {
    private static final int PAGE = 1_000;

    private final Map<Integer, List<Integer>> histories = new TreeMap<>();

    private Survivors() {}

    /** Reads the histories of all channels from a node. */
    static Survivors read(TestNode node, int channels) {
        Survivors survivors = new Survivors();
        for (int channel = 0; channel < channels; channel++) {
            survivors.histories.put(channel, history(node, channel));
        }
        return survivors;
    }

    private static List<Integer> history(TestNode node, int channel) {
        List<Integer> codes = new ArrayList<>();
        // From the first event on, which is still there: the tests publish no more than a history keeps.
        String query = "?since=0&limit=" + PAGE;
        while (true) {
            JsonObject page = new JsonObject(
                    node.get("/history/" + Ledger.channel(channel) + query).body());
            for (Object event : page.getJsonArray("events")) {
                codes.add(Ledger.codeOf(((JsonObject) event).getString("data")));
            }
            String next = page.getString("next");
            if (next == null) {
                return codes;
            }
            query = "?limit=%d&after=%s".formatted(PAGE, next);
        }
    }

    /** Those of some events that are in the histories. */
    Map<Integer, Set<Integer>> of(Map<Integer, Set<Integer>> events) {
        Map<Integer, Set<Integer>> found = new TreeMap<>();
        events.forEach((channel, codes) -> {
            Set<Integer> here = new HashSet<>(codes);
            here.retainAll(histories.getOrDefault(channel, List.of()));
            found.put(channel, here);
        });
        return found;
    }

    /** How many of some events are not in the histories. */
    int missing(Map<Integer, Set<Integer>> events) {
        int missing = 0;
        for (Map.Entry<Integer, Set<Integer>> ofChannel : events.entrySet()) {
            Set<Integer> gone = new HashSet<>(ofChannel.getValue());
            histories.getOrDefault(ofChannel.getKey(), List.of()).forEach(gone::remove);
            missing += gone.size();
        }
        return missing;
    }

    /** The channels where a subscriber's events since its last reset differ from the surviving history. */
    List<String> strays(Ledger.Account account) {
        List<String> strays = new ArrayList<>();
        for (int channel : account.channels()) {
            List<Integer> got = account.sinceReset(channel);
            List<Integer> left = histories.getOrDefault(channel, List.of());
            int same = 0;
            while (same < Math.min(got.size(), left.size()) && got.get(same).equals(left.get(same))) {
                same++;
            }
            if (same < left.size() || same < got.size()) {
                strays.add("%s: channel %d: has %d events, of %d, and after %d of them %s where %s is; resets %s"
                        .formatted(
                                account,
                                channel,
                                got.size(),
                                left.size(),
                                same,
                                nameAt(got, same),
                                nameAt(left, same),
                                account.resets()));
            }
        }
        return strays;
    }

    private static String nameAt(List<Integer> codes, int index) {
        return index < codes.size() ? Ledger.name(codes.get(index)) : "nothing";
    }

    @Override
    public String toString() {
        return histories.values().stream().mapToInt(List::size).sum() + " events";
    }
}
