package io.ssebridge.control;

/** The answer to the question whether a client may have one more stream. */
public sealed interface StreamCount {
    /**
     * The stream is counted.
     *
     * @param release ends the counting, once, when the stream has ended
     */
    record Counted(Runnable release) implements StreamCount {}

    /**
     * The stream is not counted, because there are too many.
     *
     * @param limit the key of the limit that is reached
     * @param reason the reason, for the client
     */
    record OverLimit(String limit, String reason) implements StreamCount {}
}
