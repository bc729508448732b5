package io.ssebridge.channel;

/**
 * The event bus addresses that must not feed a channel, because the bridge and Vert.x consume them. They begin with
 * {@code sse.} or {@code __vertx}.
 */
public final class ReservedAddresses {
    static final String EXPECTED = "expected: none that begins with sse. or __vertx";

    private static final String BRIDGE = "sse";
    private static final String VERTX = "__vertx";

    private ReservedAddresses() {}

    /**
     * Returns whether an address is reserved. Addresses are compared letter by letter, as Vert.x does.
     *
     * @param address the address
     */
    public static boolean contains(String address) {
        return address.startsWith(BRIDGE + ".") || address.startsWith(VERTX);
    }

    /**
     * Returns whether an address that begins with this part of a name may be reserved. It is cheap, because it is
     * called for every event.
     */
    static boolean mayContain(String name, int start) {
        return name.startsWith(BRIDGE, start) || name.startsWith(VERTX, start);
    }
}
