package io.ssebridge.cluster;

import com.hazelcast.cluster.Address;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import com.hazelcast.core.LifecycleListener;
import com.hazelcast.instance.BuildInfoProvider;
import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.instance.impl.HazelcastInstanceImpl;
import com.hazelcast.internal.nio.Connection;
import com.hazelcast.logging.LogEvent;
import com.hazelcast.logging.LogListener;
import com.hazelcast.nio.serialization.HazelcastSerializationException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the log of Hazelcast for facts that it tells nowhere else: why a cluster refuses this node, and that a member of
 * another version tries to join. Any thread.
 */
final class HazelcastLog implements LogListener, LifecycleListener, HazelcastInstanceAware {
    private static final Logger LOG = LoggerFactory.getLogger(HazelcastLog.class);
    private static final Pattern REFUSAL = Pattern.compile("Reason of failure for node join: (.*)");
    private static final Pattern VERSION = Pattern.compile("Joining node's version .*");
    private static final Pattern UNREADABLE =
            Pattern.compile("Failed to process: Packet.* endpoint=\\[([^]]+)](:\\d+)");
    private static final int MOST_NAMED = 100;

    private final Set<String> named = ConcurrentHashMap.newKeySet();
    private volatile @Nullable HazelcastInstance hazelcast;
    private volatile @Nullable String refusal;

    /** Returns the reason why the cluster refuses this node, if it has given one. */
    Optional<String> refusal() {
        return Optional.ofNullable(refusal);
    }

    @Override
    public void setHazelcastInstance(HazelcastInstance instance) {
        hazelcast = instance;
    }

    /** The first event comes when there is a log, and before Hazelcast joins. */
    @Override
    public void stateChanged(LifecycleEvent event) {
        HazelcastInstance instance = hazelcast;
        if (event.getState() == LifecycleState.STARTING && instance != null) {
            instance.getLoggingService().addLogListener(Level.WARNING, this);
        }
    }

    @Override
    public void log(LogEvent event) {
        notice(event.getLogRecord()).ifPresent(LOG::warn);
    }

    /** Returns the line for the operator about a record of Hazelcast's log; empty if there is none, or it was said before. */
    Optional<String> notice(LogRecord record) {
        String message = ClusterFile.onOneLine(String.valueOf(record.getMessage()));
        Matcher reason = REFUSAL.matcher(message);
        if (reason.find()) {
            refusal = reason.group(1);
            return Optional.empty();
        }
        Matcher version = VERSION.matcher(message);
        if (version.find()) {
            List<Address> strangers = strangers();
            boolean first = named.add(version.group());
            if (strangers.isEmpty() && !first) {
                // It has asked twice, and has gone meanwhile.
                return Optional.empty();
            }
            return once(
                    version.group()
                            + strangers.stream()
                                    .map(Address::getHost)
                                    .distinct()
                                    .sorted()
                                    .toList(),
                    "A member %sof another version tries to join, and is refused: %s (said once)"
                            .formatted(
                                    strangers.isEmpty()
                                            ? ""
                                            : "at %s "
                                                    .formatted(strangers.stream()
                                                            .map(each -> each.getHost() + ":" + each.getPort())
                                                            .collect(Collectors.joining(" or "))),
                                    version.group()));
        }
        Matcher unreadable = UNREADABLE.matcher(message);
        if (unreadable.find() && record.getThrown() instanceof HazelcastSerializationException) {
            return once(
                    unreadable.group(1),
                    "Messages of the member at %s cannot be read and are ignored; perhaps it has another version of Hazelcast than %s (said once)"
                            .formatted(
                                    unreadable.group(1) + unreadable.group(2),
                                    BuildInfoProvider.getBuildInfo().getVersion()));
        }
        return Optional.empty();
    }

    private Optional<String> once(String key, String line) {
        return named.size() < MOST_NAMED && named.add(key) ? Optional.of(line) : Optional.empty();
    }

    /** Returns the addresses that have a connection to this member and do not belong to members. */
    private List<Address> strangers() {
        if (!(hazelcast instanceof HazelcastInstanceImpl member)) {
            return List.of();
        }
        return member.node.getServer().getConnectionManager(EndpointQualifier.MEMBER).getConnections().stream()
                .map(Connection::getRemoteAddress)
                .filter(Objects::nonNull)
                .filter(address -> member.node.getClusterService().getMember(address) == null)
                // It may have two connections for a moment.
                .distinct()
                .toList();
    }
}
