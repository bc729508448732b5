package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallersTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.7, 192.0.2.7",
        "2001:db8:1:2:3:4:5:6, 2001:db8:1:2",
        "2001:db8:1:2:ffff::1, 2001:db8:1:2",
        "2001:db8::1, 2001:db8:0:0",
        "::1, 0:0:0:0",
    })
    void aClient_isAnAddressOrANetworkOfIpv6(String address, String client) throws UnknownHostException {
        assertThat(Callers.client(InetAddress.getByName(address).getHostAddress()))
                .isEqualTo(client);
    }
}
