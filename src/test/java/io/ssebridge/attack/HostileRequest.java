package io.ssebridge.attack;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/**
 * The bytes of a hostile or malformed request over HTTP/1.1. They follow from the seed and the number of the request alone, so a request
 * that a node answers wrongly can be sent again.
 *
 * @param kind a short name
 * @param bytes what is sent
 * @param answers how many answers may come
 * @param end what the client does after it has sent the bytes
 */
@SuppressWarnings("ArrayRecordComponent") // It is read only, and never compared.
record HostileRequest(String kind, byte[] bytes, int answers, End end) {
    private static final int HUGE = 120_000;
    private static final String CRLF = "\r\n";
    private static final List<String> TARGETS = List.of(
            "/",
            "/stream/hostile.a",
            "/stream?channel=hostile.a&channel=hostile.b",
            "/publish/hostile.a",
            "/history/hostile.a",
            "/presence/hostile.a",
            "/channels",
            "/session",
            "/subscribers?sub=mallory",
            "/subscribers/0123456789abcdef",
            "/subscribers/x/token",
            "/health/live",
            "/health/ready",
            "/metrics",
            "/demo",
            "/sse-bridge.js",
            "/nothing");
    private static final List<String> METHODS = List.of(
            "GET",
            "POST",
            "PUT",
            "DELETE",
            "PATCH",
            "OPTIONS",
            "TRACE",
            "CONNECT",
            "PRI",
            "get",
            "PROPFIND",
            "G\u0000ET",
            "GET\t",
            "M-SEARCH",
            "\u00ff\u00fe",
            "",
            "A".repeat(300));
    private static final List<String> ENCODED = List.of(
            "%",
            "%z",
            "%zz",
            "%u1234",
            "%00",
            "%c0%af",
            "%c0%80",
            "%ff",
            "%ed%a0%80",
            "%f4%90%80%80",
            "%e2%80%ae",
            "%0d%0aX:%20y",
            "%2e%2e%2f",
            "%252e",
            "+",
            "%20",
            "&&&",
            "==",
            "#x",
            ";",
            "\\",
            "\u00e9",
            "\u0080\u00bf",
            "\u0000",
            "\t",
            "\u007f");
    private static final List<String> VALUES = List.of(
            "",
            "-1",
            "0",
            "1e9",
            "99999999999999999999",
            "NaN",
            "null",
            "true",
            "x",
            "a..b",
            "*",
            "{sub}",
            "2026-13-45T99:99:99Z",
            "AQ",
            "AQAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "%00",
            "..",
            "'",
            "\"",
            "<script>",
            "%0a%0d",
            "cloudevents",
            "\u00ff");
    private static final List<String> PARAMETERS = List.of(
            "channel",
            "last",
            "since",
            "lastEventId",
            "last_event_id",
            "envelope",
            "event",
            "heartbeats",
            "access_token",
            "after",
            "limit",
            "sub",
            "unknown",
            "_",
            "");
    private static final List<String> NUMBERS = List.of(
            "1e999999",
            "-0",
            "1E-999999",
            "01",
            "+1",
            ".5",
            "0x10",
            "NaN",
            "Infinity",
            "9".repeat(20_000),
            "1." + "0".repeat(20_000));
    private static final List<String> JSON_TEXTS = List.of(
            "\\ud800",
            "\\u0000",
            "\u0000",
            "\\x",
            "\\",
            "\u00ff\u00fe",
            "\\udc00\\ud800",
            "x".repeat(300_000),
            "\\u202e");

    /** What a client does after it has sent the bytes. */
    enum End {
        /** It reads the answers, and sends its next request on the same connection. */
        GO_ON,
        /** It reads the answers, and leaves. */
        READ,
        /** It says that it sends no more, and reads. */
        FINISH,
        /** It leaves at once by RST. */
        RESET
    }

    /** The kinds, each with its maker. */
    private enum Kind {
        RANDOM_BYTES,
        TRUNCATED,
        MIXED_UP,
        HUGE_HEAD,
        BAD_PERCENT,
        BAD_UTF8,
        METHODS,
        PIPELINED,
        UPGRADE,
        EXPECT,
        CHUNKS,
        TWO_LENGTHS,
        CODED,
        NONSENSE_HEADERS,
        JSON,
        VALUES
    }

    /**
     * Makes a request.
     *
     * @param seed of all requests
     * @param number of the request
     * @param authority of the node
     * @param bearer a header with a token that may publish on {@code hostile.*}
     */
    static HostileRequest of(long seed, int number, String authority, String bearer) {
        Random random = new Random(seed * 1_000_003 + number);
        Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
        Maker maker = new Maker(random, authority, bearer);
        return switch (kind) {
            case RANDOM_BYTES -> maker.make(kind, maker.bytes(2_000), 1, one(random, End.FINISH, End.READ, End.RESET));
            case TRUNCATED -> {
                byte[] whole = maker.valid();
                yield maker.make(
                        kind,
                        Arrays.copyOf(whole, 1 + random.nextInt(whole.length - 1)),
                        1,
                        one(random, End.FINISH, End.RESET));
            }
            case MIXED_UP -> maker.make(kind, maker.mixedUp(maker.valid()), 1, one(random, End.FINISH, End.READ));
            case HUGE_HEAD -> maker.text(kind, maker.hugeHead(), End.READ);
            case BAD_PERCENT ->
                maker.text(kind, maker.head(one(random, "GET", "POST", "DELETE"), maker.badTarget()) + CRLF, End.GO_ON);
            case BAD_UTF8 -> maker.text(kind, maker.badUtf8(), End.GO_ON);
            case METHODS ->
                maker.text(
                        kind,
                        maker.head(one(random, METHODS), one(random, TARGETS)) + "Content-Length: 0\r\n\r\n",
                        End.READ);
            case PIPELINED -> maker.pipelined(kind);
            case UPGRADE -> maker.text(kind, maker.upgrade(), End.READ);
            case EXPECT -> maker.text(kind, maker.expect(), one(random, End.FINISH, End.RESET, End.READ));
            case CHUNKS -> maker.text(kind, maker.chunks(), one(random, End.FINISH, End.READ, End.RESET));
            case TWO_LENGTHS -> maker.text(kind, maker.twoLengths(), one(random, End.FINISH, End.READ));
            case CODED -> maker.make(kind, maker.coded(), 1, End.READ);
            case NONSENSE_HEADERS -> maker.text(kind, maker.nonsenseHeaders(), End.GO_ON);
            case JSON -> maker.text(kind, maker.post(maker.json()), End.GO_ON);
            case VALUES -> maker.text(kind, maker.values(), End.GO_ON);
        };
    }

    @SafeVarargs
    private static <T> T one(Random random, T... of) {
        return of[random.nextInt(of.length)];
    }

    private static <T> T one(Random random, List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    /** The beginning of the bytes, as a text of ASCII. */
    String excerpt() {
        StringBuilder text = new StringBuilder();
        for (byte each : Arrays.copyOf(bytes, Math.min(bytes.length, 400))) {
            text.append(each >= ' ' && each < 0x7f ? Character.toString(each) : "\\x%02x".formatted(each & 0xff));
        }
        return "%s, %d bytes, then %s: %s".formatted(kind, bytes.length, end, text);
    }

    /** Makes the parts of one request. */
    private record Maker(Random random, String authority, String bearer) {
        HostileRequest make(Kind kind, byte[] bytes, int answers, End end) {
            return new HostileRequest(kind.name(), bytes, answers, end);
        }

        HostileRequest text(Kind kind, String text, End end) {
            return make(kind, text.getBytes(ISO_8859_1), 1, end);
        }

        byte[] bytes(int most) {
            byte[] bytes = new byte[1 + random.nextInt(most)];
            random.nextBytes(bytes);
            return bytes;
        }

        String noise(int most) {
            return new String(bytes(most), ISO_8859_1);
        }

        String head(String method, String target) {
            return "%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n".formatted(method, target, authority, bearer);
        }

        String post(String json) {
            return head("POST", random.nextInt(8) > 0 ? "/publish/hostile.a" : one(random, TARGETS))
                    + "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n".formatted(json.length())
                    + json;
        }

        byte[] valid() {
            String text = switch (random.nextInt(4)) {
                case 0 -> head("GET", one(random, TARGETS)) + CRLF;
                case 1 -> post("{\"data\": \"x\", \"key\": \"k\", \"to\": {\"sub\": \"a\"}}");
                case 2 ->
                    head("POST", "/publish/hostile.a")
                            + "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
                default -> head("GET", "/stream/hostile.a?last=5") + "Last-Event-ID: AQAAAAAAAAAAAAAA\r\n\r\n";
            };
            return text.getBytes(ISO_8859_1);
        }

        byte[] mixedUp(byte[] good) {
            byte[] bytes = good.clone();
            for (int i = 1 + random.nextInt(6); i > 0; i--) {
                bytes[random.nextInt(bytes.length)] = random.nextBoolean()
                        ? (byte) random.nextInt()
                        : (byte) one(random, '\r', '\n', ' ', ':', '\0', '%').charValue();
            }
            return bytes;
        }

        String hugeHead() {
            String large = "a".repeat(random.nextInt(HUGE));
            return switch (random.nextInt(5)) {
                case 0 -> head("GET", "/stream/" + large) + CRLF;
                case 1 -> head("GET", "/stream?" + "channel=hostile.a&".repeat(random.nextInt(3_000))) + CRLF;
                case 2 -> head("GET", "/health/live") + "X: " + large + "\r\n\r\n";
                case 3 -> head("GET", "/health/live") + "X: a\r\n".repeat(random.nextInt(5_000)) + CRLF;
                default -> head("GET", "/health/live") + large + ": a\r\n\r\n";
            };
        }

        String badTarget() {
            StringBuilder target = new StringBuilder(one(random, TARGETS));
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                target.insert(1 + random.nextInt(target.length()), one(random, ENCODED));
            }
            return target.toString();
        }

        String badUtf8() {
            String noise = noise(60);
            return switch (random.nextInt(3)) {
                case 0 -> post("{\"data\": \"" + noise + "\"}");
                case 1 ->
                    head("POST", "/publish/hostile.a")
                            + "Content-Type: text/plain\r\nContent-Length: %d\r\n\r\n".formatted(noise.length())
                            + noise;
                default -> head("GET", "/stream/hostile.a") + "Last-Event-ID: " + line(noise) + "\r\n\r\n";
            };
        }

        private String line(String noise) {
            return noise.replace('\r', 'r').replace('\n', 'n').replace('\0', '0');
        }

        HostileRequest pipelined(Kind kind) {
            StringBuilder all = new StringBuilder();
            int count = 2 + random.nextInt(18);
            for (int i = 0; i < count; i++) {
                all.append(random.nextInt(4) > 0 ? new String(valid(), ISO_8859_1) : head("GET", badTarget()) + CRLF);
            }
            return make(kind, all.toString().getBytes(ISO_8859_1), count, one(random, End.READ, End.RESET));
        }

        String upgrade() {
            return head("GET", one(random, TARGETS))
                    + "Connection: "
                    + one(random, "Upgrade", "upgrade, keep-alive", "close", "Upgrade, HTTP2-Settings", "X")
                    + "\r\nUpgrade: " + one(random, "websocket", "WebSocket", "h2c", "TLS/1.0", "websocket, h2c", "")
                    + "\r\nSec-WebSocket-Key: " + one(random, "dGhlIHNhbXBsZSBub25jZQ==", "", "x", line(noise(30)))
                    + "\r\nSec-WebSocket-Version: " + one(random, "13", "0", "-1", "99999999999999", "x")
                    + "\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=99"
                    + "\r\nHTTP2-Settings: " + one(random, "AAMAAABkAAQAAP__", "", "!!!", "A".repeat(5_000))
                    + "\r\n\r\n" + (random.nextBoolean() ? noise(100) : "");
        }

        String expect() {
            return head("POST", "/publish/hostile.a")
                    + "Content-Type: application/json\r\nExpect: "
                    + one(random, "100-continue", "100-Continue", "200-ok", "", "100-continue, x", "x".repeat(200))
                    + "\r\nContent-Length: " + one(random, "10", "0", "99999999", "2147483648", "9999999999999999999")
                    + "\r\n\r\n" + (random.nextBoolean() ? "{\"data\":1}" : "");
        }

        String chunks() {
            String body = switch (random.nextInt(9)) {
                case 0 -> "zz\r\n";
                case 1 -> "-1\r\n";
                case 2 -> "ffffffffffffffff\r\n";
                case 3 -> "7fffffff\r\nabc";
                case 4 -> "3;" + "x".repeat(random.nextInt(40_000)) + "\r\nabc\r\n0\r\n\r\n";
                case 5 -> "3\r\nabcd\r\n0\r\n\r\n";
                case 6 -> "0\r\nX: " + "y".repeat(random.nextInt(60_000)) + "\r\n\r\n";
                case 7 -> "1\r\nx\r\n".repeat(random.nextInt(3_000)) + "0\r\n\r\n";
                default -> noise(200);
            };
            return head("POST", "/publish/hostile.a")
                    + "Content-Type: text/plain\r\nTransfer-Encoding: "
                    + one(
                            random,
                            "chunked",
                            "Chunked",
                            "chunked, chunked",
                            "gzip, chunked",
                            "identity",
                            "\u000bchunked",
                            "")
                    + "\r\n\r\n" + body;
        }

        String twoLengths() {
            String length =
                    "Content-Length: " + one(random, "3", "-1", "+3", "0x3", "3, 3", "3 ", "", "99999999999999999999");
            String other = one(
                    random,
                    "Transfer-Encoding: chunked",
                    "Content-Length: 4",
                    "Transfer-Encoding : chunked",
                    "Content-Length : 3");
            boolean swapped = random.nextBoolean();
            return head("POST", "/publish/hostile.a")
                            .replace("HTTP/1.1", one(random, "HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/9.9"))
                    + (swapped ? other + CRLF + length : length + CRLF + other)
                    + "\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
        }

        byte[] coded() {
            byte[] body = switch (random.nextInt(3)) {
                case 0 -> bytes(500);
                case 1 -> gzip(new byte[random.nextInt(4 << 20)]);
                default -> {
                    byte[] whole = gzip("{\"data\": \"x\"}".getBytes(UTF_8));
                    yield random.nextBoolean()
                            ? whole
                            : mixedUp(Arrays.copyOf(whole, 1 + random.nextInt(whole.length)));
                }
            };
            String head = head("POST", "/publish/hostile.a")
                    + "Content-Type: "
                    + one(random, "application/json", "application/x-ndjson", "text/plain", "", "x/y")
                    + "\r\nContent-Encoding: " + one(random, "gzip", "GZIP", "deflate", "br", "gzip, gzip", "x", "")
                    + "\r\nContent-Length: " + body.length + "\r\n\r\n";
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.writeBytes(head.getBytes(ISO_8859_1));
            all.writeBytes(body);
            return all.toByteArray();
        }

        private static byte[] gzip(byte[] content) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
                gzip.write(content);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return bytes.toByteArray();
        }

        String nonsenseHeaders() {
            StringBuilder head = new StringBuilder("GET %s HTTP/1.1\r\n".formatted(one(random, TARGETS)));
            head.append("Host: ")
                    .append(one(random, authority, "", "a b", "[::1", "x:99999", "http://x", line(noise(20))))
                    .append(CRLF);
            for (String name : List.of(
                    "Host",
                    "Origin",
                    "Referer",
                    "Cookie",
                    "Authorization",
                    "Forwarded",
                    "X-Forwarded-For",
                    "X-Forwarded-Proto",
                    "X-Forwarded-Host",
                    "Accept",
                    "Accept-Encoding",
                    "Last-Event-ID",
                    "Range",
                    "If-None-Match",
                    "If-Modified-Since",
                    "Content-Type",
                    "traceparent",
                    "Access-Control-Request-Method",
                    "Access-Control-Request-Headers",
                    "Connection",
                    "Keep-Alive",
                    "TE",
                    "Via")) {
                if (random.nextInt(6) == 0) {
                    head.append(name).append(": ").append(headerValue()).append(CRLF);
                }
            }
            return head.append(CRLF).toString();
        }

        private String headerValue() {
            return switch (random.nextInt(8)) {
                case 0 -> line(noise(40));
                case 1 -> "a=b; ".repeat(random.nextInt(500));
                case 2 -> "null";
                case 3 -> "http://[::1]:99999/../x";
                case 4 -> "for=\"[2001:db8::\";proto=;by=,,,for=_";
                case 5 -> "1.2.3.4, ".repeat(random.nextInt(300)) + "x";
                case 6 ->
                    "Bearer " + one(random, "", "a.b.c", ".".repeat(500), "eyJhbGciOiJub25lIn0.e30.", line(noise(60)));
                default -> "sse-session=" + one(random, "\"", "%00", "a; sse-session=b", "e30.e30.e30");
            };
        }

        String json() {
            return switch (random.nextInt(8)) {
                case 0 -> "[".repeat(random.nextInt(60_000));
                case 1 -> "{\"data\":".repeat(random.nextInt(10_000)) + "1";
                case 2 -> {
                    int depth = random.nextInt(3_000);
                    yield "{\"data\": " + "[".repeat(depth) + "]".repeat(depth) + "}";
                }
                case 3 -> "{\"data\": " + one(random, NUMBERS) + "}";
                case 4 -> "{\"data\": \"" + one(random, JSON_TEXTS) + "\"}";
                case 5 -> "[" + "{\"data\": 1},".repeat(random.nextInt(random.nextInt(20) == 0 ? 12_000 : 50)) + "{}]";
                case 6 ->
                    "{\"data\": \"x\", \"%s\": %s}"
                            .formatted(
                                    one(
                                            random, "to", "except", "key", "event", "retry", "end", "id", "data",
                                            "unknown"),
                                    one(
                                            random,
                                            "null",
                                            "[]",
                                            "{}",
                                            "-1",
                                            "\"\"",
                                            "\"a\\nb\"",
                                            "{\"a\": {\"b\": []}}",
                                            "true",
                                            "1e999",
                                            "[[[[]]]]"));
                default ->
                    "{" + "\"k%d\": 1,".formatted(random.nextInt()).repeat(random.nextInt(2_000)) + "\"data\": 1}";
            };
        }

        String values() {
            StringBuilder target = new StringBuilder(one(
                    random,
                    "/stream/hostile.a",
                    "/stream",
                    "/history/hostile.a",
                    "/publish/hostile.a",
                    "/subscribers",
                    "/channels",
                    "/presence/hostile.a"));
            for (int i = 0; i < 1 + random.nextInt(5); i++) {
                target.append(i == 0 ? '?' : '&')
                        .append(one(random, PARAMETERS))
                        .append('=')
                        .append(one(random, VALUES));
            }
            return head(one(random, "GET", "POST", "DELETE"), target.toString()) + "Content-Length: 0\r\n\r\n";
        }
    }
}
