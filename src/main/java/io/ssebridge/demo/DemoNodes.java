package io.ssebridge.demo;

import io.ssebridge.membership.Nodes;
import io.vertx.core.Future;
import io.vertx.core.shareddata.AsyncMap;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of the cluster with their names and ports. Each node takes the first letter that no live node has. So a node that
 * is started again gets its letter back.
 *
 * <p><b>Owner:</b> the context of the demo.
 */
final class DemoNodes {
    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private final Nodes nodes;
    private final AsyncMap<String, String> entries;
    private @Nullable DemoNode self;

    DemoNodes(Nodes nodes, AsyncMap<String, String> entries) {
        this.nodes = nodes;
        this.entries = entries;
    }

    /** Enters this node, or enters it again if the cluster has lost its entry. */
    Future<Void> enter(int port) {
        DemoNode unnamed = new DemoNode(nodes.self(), null, port);
        return nodes.upToDate()
                .compose(known -> all())
                .compose(all -> all.stream().anyMatch(each -> each.id().equals(unnamed.id()))
                        ? Future.succeededFuture()
                        : take(0, unnamed));
    }

    private Future<Void> take(int index, DemoNode node) {
        if (index == LETTERS.length()) {
            self = node;
            return Future.succeededFuture();
        }
        String letter = LETTERS.substring(index, index + 1);
        String entry = node.entry();
        return entries.putIfAbsent(letter, entry)
                .compose(holder -> holder == null || isGone(DemoNode.of(letter, holder))
                        ? replace(letter, holder, entry)
                        : Future.succeededFuture(false))
                .compose(taken -> {
                    if (!taken) {
                        return take(index + 1, node);
                    }
                    self = new DemoNode(node.id(), letter, node.port());
                    return Future.succeededFuture();
                });
    }

    private Future<Boolean> replace(String letter, @Nullable String holder, String entry) {
        return holder == null ? Future.succeededFuture(true) : entries.replaceIfPresent(letter, holder, entry);
    }

    private boolean isGone(DemoNode node) {
        return !nodes.present().contains(node.id());
    }

    /** Returns this node; its port is 0 until it has entered. */
    DemoNode self() {
        return Objects.requireNonNullElseGet(self, () -> new DemoNode(nodes.self(), null, 0));
    }

    /** Returns the live nodes that have a name, ordered by it. */
    Future<List<DemoNode>> all() {
        return entries.entries()
                .map(found -> found.entrySet().stream()
                        .map(entry -> DemoNode.of(entry.getKey(), entry.getValue()))
                        .filter(node -> !isGone(node))
                        .sorted(Comparator.comparing(node -> String.valueOf(node.name())))
                        .toList());
    }

    /** Returns whether another node would go on if this one stopped. */
    boolean hasOthers() {
        return nodes.ready().stream().anyMatch(node -> !node.equals(nodes.self()));
    }

    /** Returns whether this node is the first of some nodes that are still in the cluster. */
    boolean isFirstOf(List<String> some) {
        return isSelf(some.stream().filter(nodes.present()::contains));
    }

    /** Returns whether this node does the work that only one node of the cluster does. */
    boolean isFirst() {
        return isSelf(nodes.ready().stream().sorted());
    }

    private boolean isSelf(Stream<String> ordered) {
        return ordered.findFirst().filter(nodes.self()::equals).isPresent();
    }

    /** Returns the nodes that may play a scene, this one first. */
    List<String> players() {
        return Stream.concat(
                        Stream.of(nodes.self()),
                        nodes.ready().stream()
                                .filter(node -> !node.equals(nodes.self()))
                                .sorted())
                .toList();
    }
}
