package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrustedProxiesTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.255.255, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "10.0.0.0/8, ::ffff:10.1.2.3, true",
        "10.0.0.0/8, a00::, false",
        "192.168.4.0/22, 192.168.7.255, true",
        "192.168.4.0/22, 192.168.8.0, false",
        "127.0.0.1, 127.0.0.1, true",
        "127.0.0.1, 127.0.0.2, false",
        "127.0.0.1/32, 127.0.0.2, false",
        "128.0.0.0/1, 255.0.0.1, true",
        "128.0.0.0/1, 127.0.0.1, false",
        "fd00::/8, fdff::1, true",
        "fd00::/8, fe00::1, false",
        "2001:db8:0:1::/64, 2001:db8:0:1:ffff::9, true",
        "2001:db8:0:1::/64, 2001:db8:0:2::, false",
        "2001:db8::/65, 2001:db8::7fff:ffff:ffff:ffff, true",
        "2001:db8::/65, 2001:db8:0:0:8000::, false",
        "::1, ::1, true",
        "::1, 127.0.0.1, false",
    })
    void aRange_containsItsAddresses(String range, String address, boolean contained) {
        TrustedProxies proxies = TrustedProxies.of("p", List.of(range));

        assertThat(proxies.contain(IpAddress.parse(address).orElseThrow())).isEqualTo(contained);
        assertThat(TrustedProxies.of("p", List.of(proxies.toJson().getString(0))))
                .isEqualTo(proxies);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            proxy.example   | p[1]: "proxy.example" (expected: an address, or a range such as 10.0.0.0/8 or fd00::/8)
            *               | p[1]: "*" (expected: an address, or a range such as 10.0.0.0/8 or fd00::/8)
            10.0.0.1/8      | p[1]: "10.0.0.1/8" (expected: 10.0.0.0/8, or another range)
            0.0.0.0/0       | p[1]: "0.0.0.0/0" (expected: a range of 1 to 32 bits)
            ::/0            | p[1]: "::/0" (expected: a range of 1 to 128 bits)
            10.0.0.0/33     | p[1]: "10.0.0.0/33" (expected: a range of 1 to 32 bits)
            10.0.0.0/       | p[1]: "10.0.0.0/" (expected: a range of 1 to 32 bits)
            10.0.0/8        | p[1]: "10.0.0/8" (expected: an address, or a range such as 10.0.0.0/8 or fd00::/8)
            """)
    void aWrongRange_isRefusedWithItsPlace(String wrong, String message) {
        assertThatThrownBy(() -> TrustedProxies.of("p", List.of("10.0.0.1", wrong)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
