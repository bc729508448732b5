package io.ssebridge.attack;

import io.ssebridge.attack.HostileConnection.Answer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Sends several requests at once, streams among them, and reads the answers to the letter. */
final class PipelinedRequests implements Attack {
    private static final Set<Integer> BUSY = Set.of(429, 503);
    private static final int MOST = 5;

    /** A request, and the statuses that may answer it. */
    private record Request(String text, Set<Integer> expected, boolean toHead) {}

    @Override
    public String name() {
        return "pipelining";
    }

    @Override
    public double rate() {
        return 30;
    }

    @Override
    public void strike(Strike strike) throws IOException {
        List<Request> requests = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 2 + strike.below(MOST - 1); i++) {
            Request request = request(strike);
            requests.add(request);
            text.append(request.text);
        }
        HostileConnection connection = strike.connect();
        try {
            if (strike.once(3)) {
                int cut = 1 + strike.below(text.length() - 1);
                connection.send(text.substring(0, cut)).send(text.substring(cut));
            } else {
                connection.send(text.toString());
            }
            read(strike, connection, requests);
        } finally {
            connection.reset();
        }
    }

    private static Request request(Strike strike) {
        String key = "{\"data\": \"x\", \"key\": \"pipelined %d\"}".formatted(strike.number());
        Victim victim = strike.victim();
        return switch (strike.below(8)) {
            case 0, 1 ->
                new Request(
                        strike.post("/publish/hostile.pipelined", "{\"data\": \"x\"}", victim.bearer()),
                        Set.of(201),
                        false);
            case 2 ->
                new Request(strike.post("/publish/hostile.pipelined", key, victim.bearer()), Set.of(200, 201), false);
            case 3, 4 ->
                new Request(strike.get("/stream/hostile.pipelined?last=5", victim.bearer()), Set.of(200), false);
            case 5 -> new Request(strike.get("/history/hostile.pipelined"), Set.of(200), false);
            case 6 ->
                new Request(strike.get("/stream/hostile.pipelined").replaceFirst("GET", "HEAD"), Set.of(200), true);
            default ->
                new Request(
                        strike.get("/history/hostile.pipelined", "Authorization: Bearer a.b." + strike.number()),
                        Set.of(401),
                        false);
        };
    }

    private static void read(Strike strike, HostileConnection connection, List<Request> requests) throws IOException {
        for (int i = 0; i < requests.size(); i++) {
            Request request = requests.get(i);
            Answer answer = connection.answer(request.toHead);
            strike.tally().status(answer.status());
            if (!request.expected.contains(answer.status()) && !BUSY.contains(answer.status())) {
                throw new AssertionError("request %d of %s: %s".formatted(i, requests, answer));
            }
            if (answer.isStream() && !request.toHead) {
                // The bytes after it belong to the stream.
                String text = connection.chunk() + connection.chunk();
                if (!text.startsWith(":") || text.contains("HTTP/1.1")) {
                    throw new AssertionError(
                            "request %d of %s: the stream begins with %s".formatted(i, requests, text));
                }
                return;
            }
            if (answer.isLast()) {
                return;
            }
        }
    }
}
