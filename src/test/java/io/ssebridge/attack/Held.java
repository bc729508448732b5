package io.ssebridge.attack;

import java.io.IOException;
import java.util.Queue;

/** Connections that an attack holds open. */
final class Held {
    private Held() {}

    /** Leaves on all of them by FIN. */
    static void close(Queue<HostileConnection> open) {
        for (HostileConnection connection = open.poll(); connection != null; connection = open.poll()) {
            try {
                connection.close();
            } catch (IOException e) {
                throw new AssertionError("a socket cannot be closed", e);
            }
        }
    }
}
