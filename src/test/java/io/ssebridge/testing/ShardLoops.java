package io.ssebridge.testing;

/** On how many event loops the nodes of unit tests deal their shards. */
public final class ShardLoops {
    /** Two, unless a run asks for another number: then the steps of different channels are on different threads. */
    public static final int COUNT = Integer.getInteger("io.ssebridge.testing.loops", 2);

    private ShardLoops() {}
}
