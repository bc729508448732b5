package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.IntStream;

/** The lines of JSON in a chunked response, as they come. */
public final class AnswerLines {
    private final RawConnection connection;
    private String rest = "";
    private boolean ended;

    public AnswerLines(RawConnection connection) {
        this.connection = connection;
        assertThat(connection.line()).isEqualTo("HTTP/1.1 200 OK");
        String line = connection.line();
        while (!line.isEmpty()) {
            line = connection.line();
        }
    }

    /** Waits for the next line. */
    public JsonObject next() {
        while (rest.indexOf('\n') < 0) {
            more();
        }
        int end = rest.indexOf('\n');
        JsonObject line = new JsonObject(rest.substring(0, end));
        rest = rest.substring(end + 1);
        return line;
    }

    private void more() {
        int length = Integer.parseInt(connection.line(), 16);
        rest += connection.text(length);
        ended = length == 0;
        assertThat(connection.line()).isEmpty();
    }

    /** Waits for some lines, and returns the status in each. */
    public List<Integer> statuses(int count) {
        return IntStream.range(0, count)
                .map(i -> next().getInteger("status"))
                .boxed()
                .toList();
    }

    /** Waits for the end of the response, or for another line. */
    public boolean hasEnded() {
        while (!ended && rest.isEmpty()) {
            more();
        }
        return ended && rest.isEmpty();
    }
}
