package io.ssebridge.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.ssebridge.request.RequestTarget.Parameter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTargetTest {
    /** Segments joined by a bar, which none of them has. */
    @ParameterizedTest
    @CsvSource(
            value = {
                "/ ; ''",
                "/stream ; stream",
                "/stream/a ; stream|a",
                "/stream/ ; stream|''",
                "//a ; ''|a",
                "/a//b ; a|''|b",
                "/./a ; .|a",
                "/../a ; ..|a",
                "/%2e%2E/a ; ..|a",
                "/a%2Fb ; a/b",
                "/a%2fb ; a/b",
                "/a%5Cb ; a\\b",
                "/a+b ; a+b",
                "/a%2Bb ; a+b",
                "/a%20b ; a b",
                "/%25zz ; %zz",
                "/%2525 ; %25",
                "/a;x=1 ; a;x=1",
                "/%C3%A9 ; \u00E9",
                "/%F0%9F%8F%86 ; \uD83C\uDFC6",
                "http://host/a ; a",
                "http://host:80/a/b ; a|b",
                "http://host ; ''",
                "http://host?/a ; ''",
                "/http://host/a ; http:|''|host|a",
            },
            delimiterString = " ; ")
    void aPath_isTakenLiterally(String target, String segments) {
        List<String> expected = List.of(segments.replace("''", "").split("\\|", -1));

        assertThat(RequestTarget.parse(target).segments()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "*",
                "a",
                "stream/a",
                "host:80",
                "?channel=a",
                "#",
                "/%",
                "/%4",
                "/a%4",
                "/%zz",
                "/%4z",
                "/%z4",
                "/% 41",
                "/%-1",
                "/%u0041",
                "/%FF",
                "/%C3",
                "/%C3%28",
                "/%C0%AF",
                "/%C0%80",
                "/%ED%A0%80",
                "/%F5%80%80%80",
                "/a?x=%FF",
                "/a?x=%",
                "/a?%zz=1",
                "/a?b&%C3",
            })
    void aBrokenTarget_isRefused(String target) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RequestTarget.parse(target))
                .withMessageStartingWith("request target: ");
    }

    @Test
    void bytesThatCameUnescaped_areUtf8() {
        assertThat(RequestTarget.parse("/\u00C3\u00A9?\u00C3\u00A9=\u00C3\u00A9"))
                .isEqualTo(new RequestTarget(List.of("\u00E9"), List.of(new Parameter("\u00E9", "\u00E9"))));
        assertThatIllegalArgumentException().isThrownBy(() -> RequestTarget.parse("/\u00FF"));
    }

    @Test
    void charactersThatNoByteStandsFor_areRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> RequestTarget.parse("/\u0161"));
    }

    @Test
    void aControlCharacter_isLeftForTheChannelToRefuse() {
        assertThat(RequestTarget.parse("/a%00").segments()).containsExactly("a\0");
        assertThat(RequestTarget.parse("/a\0").segments()).containsExactly("a\0");
        assertThat(RequestTarget.parse("/a%0D%0A").segments()).containsExactly("a\r\n");
    }

    @Test
    void aQuery_isDecodedAsForms() {
        assertThat(RequestTarget.parse("/?channel=a+b&channel=a%2Bb&&x&y=&=z&%63hannel=c%3Dd=e&q=?/#")
                        .query())
                .containsExactly(
                        new Parameter("channel", "a b"),
                        new Parameter("channel", "a+b"),
                        new Parameter("x", ""),
                        new Parameter("y", ""),
                        new Parameter("", "z"),
                        new Parameter("channel", "c=d=e"),
                        new Parameter("q", "?/#"));
    }

    @Test
    void parametersOfOneName_keepTheirOrder() {
        RequestTarget target = RequestTarget.parse("/?channel=b&Channel=c&channel=a");

        assertThat(target.all("channel")).containsExactly("b", "a");
    }

    @Test
    void theQueryOfAnAbsoluteTargetWithoutPath_isNotAPath() {
        RequestTarget target = RequestTarget.parse("http://host?x=/stream/secret");

        assertThat(target.segments()).containsExactly("");
        assertThat(target.all("x")).containsExactly("/stream/secret");
    }
}
