package io.ssebridge.event;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/**
 * Copies a JSON value without white space and otherwise to the letter: keys in their order, numbers digit for digit
 * (a parsed 1.10 or 12345678901234567890123 would come back as another number).
 */
public final class CompactJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    private CompactJson() {}

    /**
     * Copies the value that a parser stands on, and leaves the parser on its last token.
     *
     * @param parser stands on the value's first token
     * @throws IOException if the value is not JSON
     */
    public static String copy(JsonParser parser) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = FACTORY.createGenerator(text)) {
            int depth = 0;
            JsonToken token = parser.currentToken();
            while (true) {
                if (token == null) {
                    throw new IOException("JSON ends too early");
                }
                if (token.isNumeric()) {
                    out.writeNumber(parser.getText());
                } else {
                    out.copyCurrentEvent(parser);
                }
                if (token.isStructStart()) {
                    depth++;
                } else if (token.isStructEnd()) {
                    depth--;
                }
                if (depth == 0) {
                    break;
                }
                token = parser.nextToken();
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return text.toString();
    }
}
