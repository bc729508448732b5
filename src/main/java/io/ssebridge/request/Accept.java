package io.ssebridge.request;

import java.util.List;
import java.util.Locale;

/** The <a href="https://www.rfc-editor.org/rfc/rfc9110.html#name-accept">Accept</a> header, and {@code Accept-Encoding}, as far as streams need them. */
public final class Accept {
    private static final List<String> RANGES = List.of("text/event-stream", "text/*", "*/*");

    private static final List<String> GZIP = List.of("gzip", "x-gzip", "*");

    private Accept() {}

    /** Tells whether a client accepts an event stream. The most specific range that matches decides. */
    public static boolean allowsEventStream(List<String> headers) {
        String all = String.join(",", headers).toLowerCase(Locale.ROOT);
        if (all.isBlank()) {
            return true;
        }
        for (String range : RANGES) {
            for (String part : all.split(",", -1)) {
                String[] pieces = part.split(";", -1);
                if (pieces[0].strip().equals(range)) {
                    return !refused(pieces);
                }
            }
        }
        return false;
    }

    /**
     * Tells whether a client <a href="https://www.rfc-editor.org/rfc/rfc9110.html#name-accept-encoding">accepts</a> gzip. Without
     * the header it does not.
     */
    public static boolean allowsGzip(List<String> headers) {
        String all = String.join(",", headers).toLowerCase(Locale.ROOT);
        for (String coding : GZIP) {
            for (String part : all.split(",", -1)) {
                String[] pieces = part.split(";", -1);
                if (pieces[0].strip().equals(coding)) {
                    return !refused(pieces);
                }
            }
        }
        return false;
    }

    private static boolean refused(String[] pieces) {
        for (int i = 1; i < pieces.length; i++) {
            if (pieces[i].strip().matches("q\\s*=\\s*0(\\.0*)?")) {
                return true;
            }
        }
        return false;
    }
}
