package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientAddressTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.1, 10.0.0.2, false",
        "2001:db8:0:1::1, 2001:db8:0:1:ffff:ffff:ffff:ffff, true",
        "2001:db8:0:1::1, 2001:db8:0:2::1, false",
        "2001:db8::1, 2001:DB8:0:0:0:0:0:9, true",
        "fe80::1%lo, fe80::1%lo, true",
        "::ffff:10.0.0.1, ::ffff:10.0.0.2, false",
        "2001:db8:1:2:ffff::1, 2001:db8:1:2:3:4:5:6, true",
        "::1, ::1, true",
    })
    void addressesOfOneNetwork_areOneClient(String one, String other, boolean same) {
        assertThat(ClientAddress.of(one).equals(ClientAddress.of(other))).isEqualTo(same);
    }
}
