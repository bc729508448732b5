package io.ssebridge.bus;

import io.ssebridge.membership.Nodes;
import io.vertx.core.Future;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks up whether the cluster knows the addresses that this node consumes, some at a time. It registers missing
 * addresses again.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class AddressCheck {
    /** The look-up of one address costs a tenth of a millisecond, so tens of thousands cannot all be looked up each time. */
    private static final int MOST_AT_ONCE = 200;

    private static final Logger LOG = LoggerFactory.getLogger(AddressCheck.class);

    private final Nodes nodes;
    private final BusConsumers consumers;
    private final Deque<String> addresses = new ArrayDeque<>();

    AddressCheck(Nodes nodes, BusConsumers consumers) {
        this.nodes = nodes;
        this.consumers = consumers;
    }

    /**
     * Looks up the next addresses.
     *
     * @param renews whether to register all addresses again instead
     * @return whether the cluster knows all of them; fails if the check was not possible
     */
    Future<Boolean> run(boolean renews) {
        Set<String> failed = consumers.failed();
        if (renews) {
            Set<String> all = new HashSet<>(consumers.registered().keySet());
            all.addAll(failed);
            return renew(all).map(failed.isEmpty());
        }
        return failed.isEmpty() ? look(next()) : renew(failed).map(false);
    }

    /** Returns the addresses to check now: those with the longest time since their last check. */
    private Map<String, MessageConsumer<Object>> next() {
        Map<String, MessageConsumer<Object>> registered = consumers.registered();
        if (addresses.isEmpty()) {
            addresses.addAll(registered.keySet());
        }
        Map<String, MessageConsumer<Object>> some = new HashMap<>();
        while (!addresses.isEmpty() && some.size() < MOST_AT_ONCE) {
            String address = addresses.remove();
            MessageConsumer<Object> consumer = registered.get(address);
            if (consumer != null) {
                some.put(address, consumer);
            }
        }
        return some;
    }

    /**
     * Checks whether the cluster knows consumers that existed before the look-up. A consumer that was closed or
     * replaced during the look-up is ignored, because its entry may be missing for that reason.
     */
    private Future<Boolean> look(Map<String, MessageConsumer<Object>> before) {
        return nodes.unregistered(Set.copyOf(before.keySet()))
                .map(missing -> missing.stream()
                        .filter(address -> {
                            MessageConsumer<Object> consumer = before.get(address);
                            return consumer != null && consumers.isRegistered(address, consumer);
                        })
                        .collect(Collectors.toUnmodifiableSet()))
                .compose(this::repair);
    }

    private Future<Boolean> repair(Set<String> unregistered) {
        if (unregistered.isEmpty()) {
            return Future.succeededFuture(true);
        }
        LOG.warn(
                "{} addresses of this node were missing in the cluster; registering them again: {}",
                unregistered.size(),
                unregistered.stream().sorted().limit(5).toList());
        // The check succeeds only when the next look-up finds them.
        return renew(unregistered).map(false);
    }

    private Future<Void> renew(Set<String> those) {
        List<Future<Void>> renewed = those.stream().map(consumers::renew).toList();
        return Future.join(renewed).mapEmpty();
    }
}
