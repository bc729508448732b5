package io.ssebridge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.cli.EventParser.StreamEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class EventParserTest {
    private static List<StreamEvent> parse(String stream, int step) {
        List<StreamEvent> events = new ArrayList<>();
        EventParser parser = new EventParser("0", events::add);
        for (int from = 0; from < stream.length(); from += step) {
            char[] part = stream.substring(from, Math.min(stream.length(), from + step))
                    .toCharArray();
            parser.feed(part, part.length);
        }
        return events;
    }

    private static StreamEvent event(String type, String data, String id) {
        return new StreamEvent(type, data, id, OptionalLong.empty());
    }

    @Test
    void eachKindOfLineEnd_endsALine_whereverTheTextIsCut() {
        String lines = ":\nevent: a\ndata: 1\ndata\ndata:  2\nid: 7\n\ndata: x\n\n";
        for (String end : List.of("\n", "\r", "\r\n")) {
            for (int step : List.of(1, 2, 3, 1000)) {
                assertThat(parse(lines.replace("\n", end), step))
                        .as("%s %d", end.length(), step)
                        .containsExactly(event("a", "1\n\n 2", "7"), event("message", "x", "7"));
            }
        }
    }

    @Test
    void aByteOrderMark_isIgnoredAtTheStartOnly() {
        assertThat(parse("\uFEFFdata: \uFEFFa\n\n", 1)).containsExactly(event("message", "\uFEFFa", "0"));
    }

    @Test
    void anEventThatIsCutOff_isDroppedWithItsId() {
        assertThat(parse("data: a\nid: 1\n\ndata: b\nid: 2\n", 4)).containsExactly(event("message", "a", "1"));
    }

    @Test
    void onlyANumber_changesTheReconnectionTime() {
        assertThat(parse("retry: 1x\nretry: 20\nretry: -3\nretry: 99999999999\ndata: a\n\n", 5))
                .containsExactly(new StreamEvent("message", "a", "0", OptionalLong.of(20)));
    }
}
