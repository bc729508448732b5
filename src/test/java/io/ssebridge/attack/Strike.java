package io.ssebridge.attack;

import io.ssebridge.attack.HostileConnection.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Random;

/**
 * One attempt of an attack.
 *
 * @param number how many attempts there were before, in all threads of the attack
 * @param random of the attack's thread
 * @param from where it comes from
 * @param victims all nodes
 * @param victim the node to strike
 * @param tally where to enter the answers
 */
record Strike(int number, Random random, InetAddress from, List<Victim> victims, Victim victim, Tally tally) {
    /** Draws a number from 0 to below a bound. */
    int below(int bound) {
        return random.nextInt(bound);
    }

    /** Draws whether to do something that happens once in a number of times. */
    boolean once(int in) {
        return random.nextInt(in) == 0;
    }

    /** One of some values. */
    @SafeVarargs
    final <T> T oneOf(T... values) {
        return values[random.nextInt(values.length)];
    }

    /** Connects to the node. */
    HostileConnection connect() throws IOException {
        return new HostileConnection(from, victim.uri());
    }

    /** A request without a body. */
    String get(String target, String... headers) {
        return request("GET", target, headers) + "\r\n";
    }

    /** A request to publish JSON. */
    String post(String target, String json, String... headers) {
        return request("POST", target, headers)
                + "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n".formatted(json.length())
                + json;
    }

    private String request(String method, String target, String... headers) {
        StringBuilder request =
                new StringBuilder("%s %s HTTP/1.1\r\nHost: %s\r\n".formatted(method, target, victim.authority()));
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        return request.toString();
    }

    /** Sends a request on a connection of its own, enters the status, and leaves: of a stream it reads nothing but the head. */
    Answer ask(String request) throws IOException {
        HostileConnection connection = connect();
        try {
            Answer answer = connection.send(request).answer();
            tally.status(answer.status());
            return answer;
        } finally {
            connection.reset();
        }
    }
}
