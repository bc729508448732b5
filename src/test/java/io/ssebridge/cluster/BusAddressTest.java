package io.ssebridge.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The event bus listens where Hazelcast does; a node that tells others to look for it on their own machine does not start. */
class BusAddressTest {
    private static final String PRIVATE = "10.0.0.5";

    private static BusAddress choose(@Nullable String host, @Nullable String publicHost, String member) {
        return choose(host, publicHost, member, false);
    }

    private static BusAddress choose(
            @Nullable String host, @Nullable String publicHost, String member, boolean translated) {
        ClusterOptions options = new ClusterOptions(
                Optional.empty(),
                Optional.ofNullable(host),
                0,
                Optional.ofNullable(publicHost),
                Optional.empty(),
                Optional.empty());
        try {
            return BusAddress.choose(options, InetAddress.getByName(member), translated);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void withoutAHost_itIsHazelcastsAddress() {
        assertThat(choose(null, null, PRIVATE)).isEqualTo(new BusAddress(PRIVATE, Optional.empty()));
        assertThat(choose(null, null, "127.0.0.1")).isEqualTo(new BusAddress("127.0.0.1", Optional.empty()));
        assertThat(choose(null, "gateway.invalid", PRIVATE))
                .isEqualTo(new BusAddress(PRIVATE, Optional.of("gateway.invalid")));
    }

    @Test
    void aHostThatIsGiven_isTaken() {
        assertThat(choose("10.0.0.6", null, PRIVATE)).isEqualTo(new BusAddress("10.0.0.6", Optional.empty()));
        assertThat(choose("127.0.0.1", null, "127.0.0.1")).isEqualTo(new BusAddress("127.0.0.1", Optional.empty()));
        assertThat(choose("127.0.0.1", PRIVATE, PRIVATE)).isEqualTo(new BusAddress("127.0.0.1", Optional.of(PRIVATE)));
    }

    @Test
    void allInterfaces_areNotAnAddressForOtherNodes() {
        assertThat(choose("0.0.0.0", null, PRIVATE)).isEqualTo(new BusAddress("0.0.0.0", Optional.of(PRIVATE)));
        assertThat(choose("::", null, PRIVATE)).isEqualTo(new BusAddress("::", Optional.of(PRIVATE)));
        assertThat(choose("0.0.0.0", "10.0.0.9", PRIVATE))
                .isEqualTo(new BusAddress("0.0.0.0", Optional.of("10.0.0.9")));
    }

    @Test
    void loopbackWhileHazelcastListensElsewhere_isRefused() {
        assertThatThrownBy(() -> choose("127.0.0.1", null, PRIVATE))
                .hasMessage(
                        "cluster.host: \"127.0.0.1\" (expected: an address at which other nodes reach this one, such as 10.0.0.5, where Hazelcast listens)");
        assertThatThrownBy(() -> choose("localhost", null, PRIVATE)).hasMessageStartingWith("cluster.host: ");
        assertThatThrownBy(() -> choose(null, "127.0.0.1", PRIVATE)).hasMessageStartingWith("cluster.publicHost: ");
    }

    @Test
    void whereHazelcastsAddressIsTranslated_theHostMustBeGiven() {
        assertThatThrownBy(() -> choose(null, null, "203.0.113.7", true))
                .hasMessage(
                        "cluster.host: missing (expected: the address to listen on for the event bus of other nodes; 203.0.113.7 is Hazelcast's public address)");
        assertThat(choose(PRIVATE, null, "203.0.113.7", true))
                .isEqualTo(new BusAddress(PRIVATE, Optional.of("203.0.113.7")));
    }
}
