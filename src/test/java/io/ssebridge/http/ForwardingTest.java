package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForwardingTest {
    private static final TrustedProxies PROXIES =
            TrustedProxies.of("trustedProxies", List.of("10.0.0.0/8", "fd00::/8", "127.0.0.1"));

    private static Forwarding read(String... headers) {
        MultiMap all = MultiMap.caseInsensitiveMultiMap();
        for (String header : headers) {
            int colon = header.indexOf(": ");
            all.add(header.substring(0, colon), header.substring(colon + 2));
        }
        return Forwarding.of(all, PROXIES::contain);
    }

    private static String client(String... headers) {
        return read(headers).client().map(IpAddress::toString).orElse("");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            203.0.113.7                            | 203.0.113.7
            198.51.100.9, 203.0.113.7              | 203.0.113.7
            198.51.100.9, 203.0.113.7, 10.1.2.3    | 203.0.113.7
            203.0.113.7,10.1.2.3,fd00::9           | 203.0.113.7
            10.0.0.5, 10.1.2.3                     | 10.0.0.5
            10.0.0.5                               | 10.0.0.5
            garbage, 203.0.113.7                   | 203.0.113.7
            203.0.113.7:4711                       | 203.0.113.7
            [2001:db8::1]:4711                     | 2001:db8:0:0:0:0:0:1
            [2001:db8::1]                          | 2001:db8:0:0:0:0:0:1
            2001:DB8::1                            | 2001:db8:0:0:0:0:0:1
            ::ffff:203.0.113.7                     | 203.0.113.7
            203.0.113.7, ::ffff:10.1.2.3           | 203.0.113.7
            203.0.113.7, garbage                   | ''
            203.0.113.7, garbage, 10.1.2.3         | ''
            203.0.113.7,                           | ''
            203.0.113.7:port                       | ''
            [2001:db8::1                           | ''
            fe80::1%eth0                           | ''
            203.0.113.256                          | ''
            203.0.113.07                           | ''
            203.0.113                              | ''
            localhost                              | ''
            unknown                                | ''
            """)
    void theLastAddressThatIsNotATrustedProxy_isTheClient(String header, String client) {
        assertThat(client("X-Forwarded-For: " + header)).isEqualTo(client);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            for=203.0.113.7                                           | 203.0.113.7
            For="203.0.113.7:80";Proto=HTTPS;by=10.0.0.1              | 203.0.113.7
            for=198.51.100.9, for=203.0.113.7, for=10.1.2.3           | 203.0.113.7
            for="[2001:db8::1]:4711"                                  | 2001:db8:0:0:0:0:0:1
            for="[2001:db8::1]";host="a,b;c=d"                        | 2001:db8:0:0:0:0:0:1
            for="_secret, for=198.51.100.9", for=203.0.113.7          | 203.0.113.7
            for="198.51.100.9, for=203.0.113.7                        | ``
            for=unknown                                               | ``
            for=_hidden                                               | ``
            for=203.0.113.7;for=198.51.100.9                          | ``
            proto=https                                               | ``
            203.0.113.7                                               | ``
            """)
    void theStandardHeader_isReadInTheSameWay(String header, String client) {
        assertThat(client("Forwarded: " + header)).isEqualTo(client);
    }

    @Test
    void severalLines_areOneList() {
        assertThat(client("X-Forwarded-For: 198.51.100.9", "X-Forwarded-For: 203.0.113.7, 10.1.2.3"))
                .isEqualTo("203.0.113.7");
        assertThat(client("Forwarded: for=203.0.113.7", "Forwarded: for=10.1.2.3"))
                .isEqualTo("203.0.113.7");
    }

    // A proxy that writes one of them passes the other on, as an attacker has written it.
    @Test
    void twoKindsOfHeaders_countOnlyIfTheyAgree() {
        assertThat(client("X-Forwarded-For: 203.0.113.7", "Forwarded: for=203.0.113.7"))
                .isEqualTo("203.0.113.7");
        assertThat(client("X-Forwarded-For: 203.0.113.7", "Forwarded: for=198.51.100.9"))
                .isEmpty();
        assertThat(client("X-Forwarded-For: 203.0.113.7", "Forwarded: for=unknown"))
                .isEmpty();
        assertThat(client("X-Forwarded-For: garbage", "Forwarded: for=203.0.113.7"))
                .isEmpty();

        assertThat(read("X-Forwarded-Proto: https", "Forwarded: for=203.0.113.7;proto=http")
                        .scheme())
                .isEmpty();
        assertThat(read("X-Forwarded-Host: a.example", "Forwarded: for=203.0.113.7;host=b.example")
                        .host())
                .isEmpty();
        assertThat(read("X-Forwarded-Proto: https", "Forwarded: for=203.0.113.7;proto=https")
                        .scheme())
                .contains("https");
    }

    @Test
    void schemeAndHost_areThoseOfTheProxyThatTheClientAsked() {
        Forwarding one =
                read("X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: HTTPS", "X-Forwarded-Host: app.example:8443");
        assertThat(one.scheme()).contains("https");
        assertThat(one.host()).contains("app.example:8443");

        Forwarding two = read(
                "X-Forwarded-For: 198.51.100.9, 203.0.113.7, 10.1.2.3",
                "X-Forwarded-Proto: http, https, http",
                "X-Forwarded-Host: evil.example, app.example, inner.example");
        assertThat(two.scheme()).contains("https");
        assertThat(two.host()).contains("app.example");

        Forwarding standard = read(
                "Forwarded: for=198.51.100.9;proto=http;host=evil.example, for=203.0.113.7;proto=https;host=\"app.example:8443\", for=10.1.2.3;proto=http;host=inner.example");
        assertThat(standard.scheme()).contains("https");
        assertThat(standard.host()).contains("app.example:8443");
    }

    @ParameterizedTest
    @CsvSource({"X-Forwarded-Proto: ftp", "X-Forwarded-Proto: ''", "X-Forwarded-Host: a b", "X-Forwarded-Host: a:b:c"})
    void aWrongSchemeOrHost_isNotBelieved(String header) {
        Forwarding read = read("X-Forwarded-For: 203.0.113.7", header);
        assertThat(read.client()).isPresent();
        assertThat(read.scheme()).isEmpty();
        assertThat(read.host()).isEmpty();
    }
}
