package io.ssebridge.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Byte streams and their meaning by the standard, the examples of the standard among them. */
class EventStreamParserTest {
    private final List<ReceivedEvent> events = new ArrayList<>();
    private final EventStreamParser parser = new EventStreamParser(events::add);

    @Test
    void theStandardsFirstExample_isThreeEventsOfTwoTypes() {
        feed("""
                data: This is the first message.

                data: This is the second message, it
                data: has two lines.

                data: This is the third message.

                """);
        assertThat(events)
                .containsExactly(
                        message("This is the first message."),
                        message("This is the second message, it\nhas two lines."),
                        message("This is the third message."));
    }

    @Test
    void theStandardsExampleOfTypes_dispatchesByName() {
        feed("event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n");
        assertThat(events)
                .containsExactly(
                        new ReceivedEvent("add", "73857293", ""),
                        new ReceivedEvent("remove", "2153", ""),
                        new ReceivedEvent("add", "113411", ""));
    }

    @Test
    void theStandardsStockExample_isOneEvent() {
        feed("data: YHOO\ndata: +2\ndata: 10\n\n");
        assertThat(events).containsExactly(message("YHOO\n+2\n10"));
    }

    @Test
    void theStandardsExampleOfIds_takesAnIdOverAndResetsIt() {
        feed(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n");
        assertThat(events)
                .containsExactly(
                        new ReceivedEvent("message", "first event", "1"),
                        message("second event"),
                        message(" third event"));
        assertThat(parser.comments()).containsExactly(" test stream");
    }

    @Test
    void theStandardsExampleOfEmptyData_isTwoEventsAndDropsTheUnfinishedOne() {
        feed("data\n\ndata\ndata\n\ndata:");
        assertThat(events).containsExactly(message(""), message("\n"));
        assertThat(parser.isWithinBlock()).isTrue();
    }

    @Test
    void theStandardsExampleOfSpaces_isTwoEqualEvents() {
        feed("data:test\n\ndata: test\n\n");
        assertThat(events).containsExactly(message("test"), message("test"));
    }

    @Test
    void onlyOneSpaceAfterTheColon_isRemoved() {
        feed("data:  two\n\ndata:\ttab\n\ndata: \ttab\n\n");
        assertThat(events).containsExactly(message(" two"), message("\ttab"), message("\ttab"));
    }

    @Test
    void loneCarriageReturns_endLines() {
        feed("data: a\rdata: b\r\r");
        assertThat(events).containsExactly(message("a\nb"));
    }

    @Test
    void carriageReturnAndLineFeed_endOneLine() {
        feed("data: a\r\ndata: b\r\n\r\n");
        assertThat(events).containsExactly(message("a\nb"));
    }

    @Test
    void aLineEndCutInTwo_isOneLineEnd() {
        feed("data: a\r");
        feed("\ndata: b\r");
        feed("\n\r");
        feed("\n");
        assertThat(events).containsExactly(message("a\nb"));
    }

    @Test
    void lineFeedAndCarriageReturn_areTwoLineEnds() {
        feed("data: a\n\rdata: b\n\r");
        assertThat(events).containsExactly(message("a"), message("b"));
    }

    @Test
    void mixedLineEnds_countEach() {
        feed("data: a\r\n\rdata: b\r\r\ndata: c\n\n");
        assertThat(events).containsExactly(message("a"), message("b"), message("c"));
    }

    @Test
    void aByteOrderMarkAtTheStart_isTakenAway() {
        feed("\uFEFFdata: a\n\n");
        assertThat(events).containsExactly(message("a"));
    }

    @Test
    void aByteOrderMarkCutInThree_isTakenAway() {
        byte[] bytes = "\uFEFFdata: a\n\n".getBytes(UTF_8);
        for (byte b : bytes) {
            parser.feed(new byte[] {b});
        }
        assertThat(events).containsExactly(message("a"));
    }

    @Test
    void onlyTheFirstByteOrderMark_isTakenAway() {
        feed("\uFEFF\uFEFFdata: a\n\ndata: b\n\n");
        assertThat(events).containsExactly(message("b"));
        assertThat(parser.findings()).contains("an unknown field: \uFEFFdata");
    }

    @Test
    void aByteOrderMarkFurtherOn_isText() {
        feed("data: a\n\n\uFEFFdata: b\n\ndata: \uFEFFc\n\n");
        assertThat(events).containsExactly(message("a"), message("\uFEFFc"));
    }

    @Test
    void charactersCutInTheMiddle_areWhole() {
        byte[] bytes = "data: \u00E9\u20AC\uD83C\uDFCF\n\n".getBytes(UTF_8);
        for (byte b : bytes) {
            parser.feed(new byte[] {b});
        }
        assertThat(events).containsExactly(message("\u00E9\u20AC\uD83C\uDFCF"));
        assertThat(parser.findings()).isEmpty();
    }

    @Test
    void bytesThatAreNotUtf8_becomeReplacementCharacters() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes("data: a".getBytes(UTF_8));
        bytes.write(0xFF);
        bytes.write(0xE2); // The first of three bytes of a euro sign, broken off by the end of the line.
        bytes.writeBytes("\n\n".getBytes(UTF_8));
        parser.feed(bytes.toByteArray());
        assertThat(events).containsExactly(message("a\uFFFD\uFFFD"));
        assertThat(parser.findings()).hasSize(1);
    }

    @Test
    void otherLineSeparators_areText() {
        feed("data: a\u0085b\u2028c\u2029d\u000Be\u000Cf\n\n");
        assertThat(events).containsExactly(message("a\u0085b\u2028c\u2029d\u000Be\u000Cf"));
    }

    @Test
    void nulInData_isText() {
        feed("data: a\0b\n\n");
        assertThat(events).containsExactly(message("a\0b"));
    }

    @Test
    void anIdWithNul_isIgnored() {
        feed("data: a\nid: 1\n\ndata: b\nid: 2\0\n\n");
        assertThat(events).extracting(ReceivedEvent::lastEventId).containsExactly("1", "1");
        assertThat(parser.findings()).containsExactly("an id with NUL");
    }

    @Test
    void anId_lastsUntilTheNext() {
        feed("data: a\nid: 1\n\ndata: b\n\ndata: c\nid: 2\n\n");
        assertThat(events).extracting(ReceivedEvent::lastEventId).containsExactly("1", "1", "2");
    }

    @Test
    void anIdOfAnUnfinishedBlock_isNotTakenOver() {
        feed("data: a\nid: 1\n\ndata: b\nid: 2\n");
        assertThat(parser.lastEventId()).isEqualTo("1");
        feed("\n");
        assertThat(parser.lastEventId()).isEqualTo("2");
    }

    @Test
    void anIdWithoutData_isTakenOverWithoutAnEvent() {
        feed("id: 7\n\n");
        assertThat(events).isEmpty();
        assertThat(parser.lastEventId()).isEqualTo("7");
        assertThat(parser.findings()).containsExactly("a block without data, with [id]");
    }

    @Test
    void theIdOfAnEarlierStream_isKept() {
        EventStreamParser resumed = new EventStreamParser(events::add, "5");
        resumed.feed("data: a\n\n".getBytes(UTF_8));
        assertThat(events).containsExactly(new ReceivedEvent("message", "a", "5"));
    }

    @Test
    void aTypeWithoutData_doesNotNameTheNextEvent() {
        feed("event: goal\n\ndata: a\n\n");
        assertThat(events).containsExactly(message("a"));
        assertThat(parser.findings()).containsExactly("a block without data, with [event]");
    }

    @Test
    void anEmptyType_isMessage() {
        feed("event: goal\nevent\ndata: a\n\n");
        assertThat(events).containsExactly(message("a"));
        assertThat(parser.findings()).containsExactly("a second event in one block: ");
    }

    @Test
    void aRetryOfDigits_isTaken() {
        feed("retry: 1500\ndata: a\n\nretry:0\ndata: b\n\n");
        assertThat(parser.retries()).containsExactly(1500L, 0L);
        assertThat(parser.findings()).isEmpty();
    }

    @Test
    void aRetryOfAnythingElse_isIgnored() {
        feed("retry: 1.5\nretry: -1\nretry: 1s\nretry:  1\nretry\nretry: \u0661\ndata: a\n\n");
        assertThat(parser.retries()).isEmpty();
        assertThat(events).containsExactly(message("a"));
    }

    @Test
    void aRetryBeyondAllNumbers_isTheLargest() {
        feed("retry: 99999999999999999999\ndata: a\n\n");
        assertThat(parser.retries()).containsExactly(Long.MAX_VALUE);
    }

    @Test
    void unknownFields_areIgnored() {
        feed("Data: A\n data: b\ndata : c\ndata: d\nfoo\n\n");
        assertThat(events).containsExactly(message("d"));
        assertThat(parser.findings()).hasSize(4);
    }

    @Test
    void aCommentWithinABlock_doesNotEndIt() {
        feed("data: a\n:\ndata: b\n: beat\n\n");
        assertThat(events).containsExactly(message("a\nb"));
        assertThat(parser.comments()).containsExactly("", " beat");
    }

    @Test
    void aCommentWithAnEmptyLine_isABlockWithoutData() {
        feed(":\n\n");
        assertThat(parser.findings()).containsExactly("a block without data, with []");
    }

    @Test
    void aCommentBetweenBlocks_isNotABlock() {
        feed("data: a\n\n:\n:\ndata: b\n\n");
        assertThat(events).containsExactly(message("a"), message("b"));
        assertThat(parser.findings()).isEmpty();
        assertThat(parser.isWithinBlock()).isFalse();
    }

    @Test
    void aColonInAValue_belongsToIt() {
        feed("data: a: b:c\n\n");
        assertThat(events).containsExactly(message("a: b:c"));
    }

    @Test
    void anIdBeforeItsData_isFound() {
        feed("id: 1\ndata: a\n\n");
        assertThat(parser.findings()).containsExactly("data after the id of its block: a");
    }

    @Test
    void anyCutOfAStream_givesTheSameEvents() {
        byte[] stream =
                "\uFEFF:x\r\nevent: e\rdata: \u20AC\r\n\r\ndata\nid: 1\n\rretry: 5\r\rdata: end\r\n\n".getBytes(UTF_8);
        List<ReceivedEvent> whole = EventStreamParser.parse(stream);
        assertThat(whole).hasSize(3);
        for (int cut = 0; cut <= stream.length; cut++) {
            List<ReceivedEvent> parts = new ArrayList<>();
            EventStreamParser cutParser = new EventStreamParser(parts::add);
            cutParser.feed(stream, 0, cut);
            cutParser.feed(stream, cut, stream.length - cut);
            assertThat(parts).as("cut at %d", cut).isEqualTo(whole);
        }
    }

    private void feed(String text) {
        parser.feed(text.getBytes(UTF_8));
    }

    private static ReceivedEvent message(String data) {
        return new ReceivedEvent("message", data, "");
    }
}
