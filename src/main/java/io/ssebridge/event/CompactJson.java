package io.ssebridge.event;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/**
 * Copies a JSON value, without its white space. Everything else is kept as written: keys in their order, and numbers
 * digit for digit. A parsed 1.10 or 12345678901234567890123 would come back as another number.
 */
public final class CompactJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    private CompactJson() {}

    /**
     * Copies the value that starts at the parser's current token. The parser stops on the last token of the value.
     *
     * @param parser its current token is the first token of the value
     * @throws IOException if the value is not JSON
     */
    public static String copy(JsonParser parser) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = generator(text)) {
            copy(parser, out);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return text.toString();
    }

    static JsonGenerator generator(StringWriter text) throws IOException {
        return FACTORY.createGenerator(text);
    }

    /** Copies the value that starts at the parser's current token to a place where a value may be. */
    static void copy(JsonParser parser, JsonGenerator out) throws IOException {
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
                return;
            }
            token = parser.nextToken();
        }
    }
}
