package io.ssebridge.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.ssebridge.request.EventLines.Step;
import io.ssebridge.testing.Gzip;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EventLinesTest {
    private static final int MAX_LINE = 1_000;
    private static final String BODY =
            "{\"data\": \"a\"}\n\n{\"data\": \"b\u00e9\"}\r\n \t\r\n{\"data\":\n{\"data\": \"%s\"}\n[]\n{\"data\": 1}"
                    .formatted("x".repeat(2_000));
    private static final List<String> EVENTS = List.of("a", "b\u00e9", "400", "413", "400", "1");

    private final List<String> read = new ArrayList<>();
    private int mostHeldBytes;

    /** Reads as far as possible. */
    private Step read(EventLines lines) {
        while (true) {
            lines.beginSlice();
            Step step = lines.next();
            mostHeldBytes = Math.max(mostHeldBytes, lines.heldBytes());
            if (step == Step.LINE) {
                read.add(
                        lines.line().succeeded()
                                ? lines.line().result().event().data()
                                : Integer.toString(((Problem) lines.line().cause()).status()));
            } else if (step != Step.LATER) {
                return step;
            }
        }
    }

    @CanIgnoreReturnValue
    private EventLines readAll(ContentCoding coding, byte[] body, int pieceBytes) {
        read.clear();
        EventLines lines = new EventLines(coding, MAX_LINE);
        for (int from = 0; from < body.length; from += pieceBytes) {
            lines.add(Buffer.buffer(Arrays.copyOfRange(body, from, Math.min(body.length, from + pieceBytes))));
            assertThat(read(lines)).isEqualTo(Step.NEXT_PIECE);
        }
        lines.end();
        assertThat(read(lines)).isEqualTo(Step.END);
        return lines;
    }

    private static byte[] bytes(String text) {
        return Buffer.buffer(text).getBytes();
    }

    private static byte[] both(byte[] first, byte[] second) {
        return Buffer.buffer(first).appendBytes(second).getBytes();
    }

    @Test
    void aBodyInPiecesOfAnySize_hasTheSameLines() {
        for (int pieceBytes = 1; pieceBytes < 100; pieceBytes++) {
            readAll(ContentCoding.IDENTITY, bytes(BODY), pieceBytes);
            assertThat(read).as("pieces of %d bytes", pieceBytes).isEqualTo(EVENTS);
        }
        readAll(ContentCoding.IDENTITY, bytes(BODY), 1 << 20);
        assertThat(read).isEqualTo(EVENTS);
    }

    @Test
    void aCompressedBodyInPiecesOfAnySize_hasTheSameLines() {
        byte[] body = Gzip.of(BODY);
        for (int pieceBytes = 1; pieceBytes <= body.length; pieceBytes++) {
            readAll(ContentCoding.GZIP, body, pieceBytes);
            assertThat(read).as("pieces of %d bytes", pieceBytes).isEqualTo(EVENTS);
        }
    }

    @Test
    void aBodyOfSeveralCompressedParts_isRead() {
        readAll(ContentCoding.GZIP, both(Gzip.of(BODY.substring(0, 20)), Gzip.of(BODY.substring(20))), 1 << 20);
        assertThat(read).isEqualTo(EVENTS);
    }

    // With a name, a comment, an extra field and a checksum.
    @Test
    void eachFieldOfTheHeader_isSkipped() {
        byte[] body = Gzip.of(BODY);
        byte[] head = {0x1f, (byte) 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 0, 3, 0, 9, 0, 9, 'a', 'b', 0, 'c', 0, 7, 7
        };
        byte[] whole = both(head, Arrays.copyOfRange(body, 10, body.length));
        for (int pieceBytes : new int[] {1, 7, whole.length}) {
            readAll(ContentCoding.GZIP, whole, pieceBytes);
            assertThat(read).isEqualTo(EVENTS);
        }
    }

    @Test
    void aBodyThatIsNotGzip_isRefused() {
        byte[] body = Gzip.of(BODY);
        byte[] checksum = body.clone();
        checksum[body.length - 5]++;
        byte[] length = body.clone();
        length[body.length - 1]++;
        byte[] data = body.clone();
        data[10] = 7;
        byte[] endless = new byte[2_000];
        Arrays.fill(endless, (byte) 'n');
        System.arraycopy(new byte[] {0x1f, (byte) 0x8b, 8, 8}, 0, endless, 0, 4);
        for (byte[] wrong : List.of(
                checksum, length, data, endless, bytes(BODY), both(body, new byte[] {1}), Arrays.copyOf(body, 40))) {
            assertThatThrownBy(() -> readAll(ContentCoding.GZIP, wrong, 1 << 20))
                    .isInstanceOf(Problem.class)
                    .hasMessageContaining("gzip");
        }
    }

    @Test
    void ofALineThatIsTooLong_nothingIsHeld() {
        EventLines lines = new EventLines(ContentCoding.IDENTITY, MAX_LINE);
        for (int i = 0; i < 1_000; i++) {
            lines.add(Buffer.buffer("x".repeat(10_000)));
            assertThat(read(lines)).isEqualTo(Step.NEXT_PIECE);
        }
        assertThat(lines.heldBytes()).isZero();
        lines.add(Buffer.buffer("\n{\"data\": 1}\n"));
        assertThat(read(lines)).isEqualTo(Step.NEXT_PIECE);
        assertThat(read).containsExactly("413", "1");
        assertThat(mostHeldBytes).isLessThan(20_000);
    }

    @Test
    void aSmallBodyThatContainsHardlyAnEvent_isRefused() {
        for (String bomb : List.of("\n".repeat(100_000), "x".repeat(100_000), " ".repeat(100_000))) {
            assertThatThrownBy(() -> readAll(ContentCoding.GZIP, Gzip.of(bomb), 1 << 20))
                    .isInstanceOfSatisfying(
                            Problem.class,
                            refused -> assertThat(refused.status()).isEqualTo(413));
            assertThat(mostHeldBytes).isLessThan(100_000);
        }
        // Not compressed, they cost the client as much as the node.
        readAll(ContentCoding.IDENTITY, bytes("\n".repeat(100_000) + "{\"data\": 1}"), 1_000);
        assertThat(read).containsExactly("1");
    }

    @Test
    void manyLinesOfOnePiece_letOtherWorkComeInBetween() {
        String some = "{\"data\": 1}\n".repeat(20_000);
        for (ContentCoding coding : ContentCoding.values()) {
            EventLines lines = new EventLines(coding, MAX_LINE);
            lines.add(Buffer.buffer(coding == ContentCoding.GZIP ? Gzip.of(some) : bytes(some)));
            lines.beginSlice();
            int inSlice = 0;
            Step step = lines.next();
            while (step == Step.LINE) {
                inSlice++;
                step = lines.next();
            }
            assertThat(step).isEqualTo(Step.LATER);
            assertThat(inSlice).isBetween(4_000, 7_000);
            assertThat(read(lines)).isEqualTo(Step.NEXT_PIECE);
            assertThat(inSlice + read.size()).isEqualTo(20_000);
            read.clear();
        }
    }

    @Test
    void linesAreCounted() {
        EventLines lines = readAll(
                ContentCoding.IDENTITY,
                bytes(String.join("\n", IntStream.range(0, 10).mapToObj(i -> "").toList()) + "\nx"),
                3);
        assertThat(lines.lines()).isEqualTo(11);
    }
}
