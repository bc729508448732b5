package io.ssebridge.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.nio.serialization.HazelcastSerializationException;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The log lines of Hazelcast about members that do not fit, as of versions 4.2.8, 5.3.8 and 5.5.0. */
class HazelcastLogTest {
    private final HazelcastLog log = new HazelcastLog();

    private Optional<String> notice(String message, @Nullable Throwable thrown) {
        LogRecord record = new LogRecord(Level.SEVERE, "[127.0.0.1]:5701 [sse-bridge] [5.3.8] " + message);
        record.setThrown(thrown);
        return log.notice(record);
    }

    private static String packet(int port) {
        return "Failed to process: Packet{partitionId=-1, frameLength=710, conn=Connection[id=2,"
                + " /127.0.0.1:5701->/10.0.0.9:45675, qualifier=null, endpoint=[10.0.0.9]:" + port
                + ", remoteUuid=8793c52c, alive=true, connectionType=MEMBER, planeIndex=0]} on: hz.generic-operation";
    }

    @Test
    void aMemberThatCannotBeRead_isNamedOnce() {
        HazelcastSerializationException unreadable = new HazelcastSerializationException("offset 491");

        assertThat(notice("Problem while reading DataSerializable", unreadable)).isEmpty();
        assertThat(notice(packet(5701), unreadable))
                .hasValueSatisfying(
                        line -> assertThat(line)
                                .startsWith(
                                        "Messages of the member at 10.0.0.9:5701 cannot be read and are ignored; perhaps it has another version of Hazelcast than 5."));
        assertThat(notice(packet(5702), unreadable)).isEmpty();
        assertThat(notice(packet(5702), new IllegalStateException())).isEmpty();
    }

    @Test
    void aMemberOfAnotherVersion_isNamedOnce() {
        String refused = "Joining node's version 5.4.0 is not compatible with cluster version 5.3 (Rolling)";

        assertThat(notice(refused, null))
                .contains("A member of another version tries to join, and is refused: " + refused + " (said once)");
        assertThat(notice(refused, null)).isEmpty();
        assertThat(notice(refused.replace("5.4.0", "5.5.0"), null)).isPresent();
        assertThat(log.refusal()).isEmpty();
    }

    @Test
    void whyThisNodeIsRefused_isKept() {
        assertThat(notice("Reason of failure for node join: Joining node's version 5.3.8\nis not compatible", null))
                .isEmpty();
        assertThat(log.refusal()).contains("Joining node's version 5.3.8 is not compatible");
    }
}
