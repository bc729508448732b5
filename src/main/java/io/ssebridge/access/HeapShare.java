package io.ssebridge.access;

/** The limit of heap memory for each collection of this package that clients can fill. */
final class HeapShare {
    private static final long LEAST_BYTES = 8 << 20;
    private static final int PART = 32;

    private HeapShare() {}

    static long bytes() {
        return Math.max(LEAST_BYTES, Runtime.getRuntime().maxMemory() / PART);
    }
}
