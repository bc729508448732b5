package io.ssebridge.http;

import io.ssebridge.access.Grant;
import io.ssebridge.bus.Publication;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Receipt;
import io.ssebridge.http2.Http2Streams;
import io.ssebridge.request.BodyReader;
import io.ssebridge.request.EventLines;
import io.ssebridge.request.Problem;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One publish request with a line for each event, in constant memory. Lines are read while few events are in flight and the
 * client reads the answers. Otherwise the body waits on the client's side.
 *
 * <p>It is open; then it finishes, which means that it reads no more lines but answers all that were read; then it is over.
 *
 * <p><b>Owner:</b> the event loop of the request.
 */
final class BulkRequest {
    private static final Duration ROOM_PAUSE = Duration.ofMillis(50);
    // How long a client may take to notice that no more lines are read.
    private static final Duration FAREWELL = Duration.ofSeconds(5);

    private final HttpServerRequest request;
    private final @Nullable String trace;
    private final EventLines lines;
    private final List<ChannelName> channels;
    private final Optional<Grant> caller;
    private final String name;
    private final EventWindow window;
    private final LineMemory memory;
    private BulkRequests all;
    private State state = State.OPEN;
    private @Nullable Problem last;
    private boolean asked;
    private boolean running;
    // Something calls it again: later work of the event loop, or a timer. It is crowded if the node has no room for the
    // group.
    private boolean planned;
    private boolean crowded;
    private boolean hasLine;
    private int unsentParts;
    private long progressMillis;
    private long waitingMillis;

    private enum State {
        OPEN,
        FINISHING,
        OVER
    }

    BulkRequest(
            BulkRequests all,
            HttpServerRequest request,
            EventLines lines,
            List<ChannelName> channels,
            Optional<Grant> caller,
            String name) {
        this.all = all;
        this.request = request;
        this.trace = PublishRoute.traceparent(request);
        this.lines = lines;
        this.channels = channels;
        this.caller = caller;
        this.name = name;
        this.window = new EventWindow(channels);
        this.memory = new LineMemory(
                lines, this::heldBytes, () -> lose(Problem.tooMany("too many bodies are read at the same time")));
        this.progressMillis = all.clock().elapsedMillis();
    }

    /** Sends the head of the answer, and begins to read. */
    void begin() {
        HttpServerResponse response = request.response();
        // Not its endHandler, which the deadlines of heads have.
        response.closeHandler(gone -> over());
        response.exceptionHandler(broken -> {});
        request.exceptionHandler(broken -> finish(Problem.malformed(broken)));
        Optional<Buffer> before = BodyReader.readBefore(request);
        if (before.isPresent()) {
            lines.add(before.get());
            lines.end();
        } else {
            request.handler(this::came);
            request.endHandler(end -> {
                asked = false;
                lines.end();
                goOn();
            });
        }
        BodyReader.askFor(request)
                .compose(waits -> {
                    response.setChunked(true)
                            .putHeader("Content-Type", "application/x-ndjson")
                            .putHeader("Cache-Control", "no-store")
                            .putHeader("X-Accel-Buffering", "no");
                    return response.writeHead();
                })
                .onComplete(sent -> goOn());
    }

    private void came(Buffer piece) {
        asked = false;
        if (state == State.OPEN) {
            lines.add(piece);
            goOn();
        } else {
            ask();
        }
    }

    private void ask() {
        if (!asked && !request.isEnded()) {
            asked = true;
            request.fetch(1);
        }
    }

    /** Reads as many lines as the window has room for. */
    private void goOn() {
        if (running || planned || state != State.OPEN) {
            return;
        }
        running = true;
        try {
            checkExpiry();
            // Events that have waited for room.
            handOver();
            lines.beginSlice();
            while (state == State.OPEN && !planned && hasRoom() && readLine()) {
                if (window.isGroupFull()) {
                    handOver();
                }
            }
            handOver();
            count();
        } catch (RuntimeException failure) {
            finish(FailureHandler.problem(failure));
        } finally {
            running = false;
        }
        goOnFinishing();
    }

    private void goOnFinishing() {
        if (state == State.FINISHING && !running) {
            handOver();
            count();
            endIfAnswered();
        }
    }

    private boolean hasRoom() {
        return window.hasRoom() && isRead();
    }

    /** Returns whether the client reads the answers. */
    private boolean isRead() {
        boolean isFull = request.response().writeQueueFull();
        if (isFull) {
            request.response().drainHandler(drained -> goOn());
        }
        return !isFull;
    }

    /** Returns whether there was a line. */
    private boolean readLine() {
        if (!hasLine) {
            EventLines.Step step = lines.next();
            if (step == EventLines.Step.NEXT_PIECE) {
                ask();
            } else if (step == EventLines.Step.LATER) {
                planned = true;
                all.vertx().runOnContext(later -> resume());
            } else if (step == EventLines.Step.END) {
                finish(null);
            }
            hasLine = step == EventLines.Step.LINE;
        }
        if (!hasLine) {
            return false;
        }
        Duration rest = all.rates().take(name, channels.size());
        if (!rest.isZero() && mayWait(rest)) {
            resumeAfter(rest);
            return false;
        }
        hasLine = false;
        window.add(
                rest.isZero()
                        ? lines.line().compose(draft -> PublishRoute.publication(draft, null, trace))
                        : Future.failedFuture(all.rates().refusal(rest)));
        return true;
    }

    private boolean mayWait(Duration rest) {
        return rest.compareTo(BulkRequests.PATIENCE) <= 0;
    }

    private void resumeAfter(Duration rest) {
        planned = true;
        var unused = all.vertx().setTimer(Math.max(1, rest.toMillis()), later -> resume());
    }

    private void resume() {
        planned = false;
        crowded = false;
        progressMillis = all.clock().elapsedMillis();
        goOn();
        goOnFinishing();
    }

    /** Publishes the events that were read. If the node has no room for them, they wait, and later lines with them. */
    private void handOver() {
        if (window.isGroupEmpty() || crowded || state == State.OVER) {
            return;
        }
        boolean mayWait = waitingMillis < BulkRequests.PATIENCE.toMillis();
        // Asked first, since a refused attempt counts as refused events.
        if (mayWait && !all.publisher().hasRoom((long) channels.size() * window.readBytes())) {
            waitForRoom();
            return;
        }
        Future<List<Future<Receipt>>> published = publish(window.toPublish());
        // Another event loop may have taken the room meanwhile.
        if (mayWait
                && published.failed()
                && FailureHandler.problem(published.cause()).status() == 429) {
            waitForRoom();
            return;
        }
        waitingMillis = 0;
        EventGroup sent = window.next();
        published.onComplete(done -> answered(sent, published));
    }

    private void waitForRoom() {
        waitingMillis += ROOM_PAUSE.toMillis();
        crowded = true;
        resumeAfter(ROOM_PAUSE);
    }

    private Future<List<Future<Receipt>>> publish(List<Publication> good) {
        try {
            return good.isEmpty()
                    ? Future.succeededFuture(List.of())
                    : all.publisher().publish(channels, good, caller);
        } catch (Problem refused) {
            return Future.failedFuture(refused);
        }
    }

    private void answered(EventGroup some, Future<List<Future<Receipt>>> published) {
        some.answer(published);
        if (state == State.OVER) {
            return;
        }
        progressMillis = all.clock().elapsedMillis();
        Buffer answers = window.takeAnswers();
        if (answers.length() > 0) {
            send(answers);
        }
        goOn();
        goOnFinishing();
    }

    private void send(Buffer answers) {
        unsentParts++;
        all.responses().write(request, answers).onComplete(sent -> {
            unsentParts--;
            progressMillis = all.clock().elapsedMillis();
        });
    }

    private void checkExpiry() {
        if (caller.isPresent() && !caller.get().expires().isAfter(all.clock().instant())) {
            lose(Problem.badToken("expired"));
        }
    }

    /**
     * Goes on by another configuration, with its rules, stamps and rates. The request ends if the caller may not publish any
     * more on all of its channels.
     */
    void follow(BulkRequests next) {
        all = next;
        // The memory is counted by the other configuration from now on.
        memory.giveBack();
        count();
        try {
            next.check().run(request, channels, caller);
        } catch (Problem refused) {
            lose(refused);
        }
    }

    /** Ends the request of a caller that may not publish any more, or takes too much memory. Events that wait for room are refused. */
    private void lose(Problem why) {
        if (window.isGroupEmpty()) {
            finish(why);
        } else {
            EventGroup waiting = window.next();
            finish(why);
            answered(waiting, Future.failedFuture(why));
        }
    }

    /** Returns the bytes of the lines, and of the events that wait for room. Of those in flight, the publisher has counted the bytes. */
    private int heldBytes() {
        return (state == State.OPEN ? lines.heldBytes() : 0) + window.readBytes();
    }

    private void count() {
        if (state != State.OVER && memory.count(all.budget())) {
            progressMillis = all.clock().elapsedMillis();
        }
    }

    /** Ends the request if it makes no progress; called every second. */
    void look() {
        if (state == State.OVER || all.clock().elapsedMillis() - progressMillis < BulkRequests.PATIENCE.toMillis()) {
            return;
        }
        if (unsentParts > 0) {
            Http2Streams.abort(request);
        } else if (window.isQuiet() && !planned) {
            finish(Problem.timeout());
        }
    }

    /**
     * Reads no more lines.
     *
     * @param why the last line of the answer; null: all lines have been read
     */
    void finish(@Nullable Problem why) {
        if (state != State.OPEN) {
            return;
        }
        state = State.FINISHING;
        last = why;
        lines.close();
        memory.giveBack();
        // At once: Vert.x is about to close the connection of a malformed request.
        goOnFinishing();
    }

    private void endIfAnswered() {
        if (state != State.FINISHING || !window.isQuiet() || !window.isGroupEmpty()) {
            return;
        }
        Problem problem = last;
        over();
        if (problem != null) {
            all.failures().ended(request, problem);
            var unused =
                    all.responses().write(request, problem.toJson().toBuffer().appendString("\n"));
        }
        var unused = request.response().end();
        if (problem != null) {
            leave(problem);
        }
    }

    /** Drops the rest of the body for a moment: if the connection were closed at once, the answer might be lost. */
    private void leave(Problem problem) {
        if (problem.endsConnection() && request.version() != HttpVersion.HTTP_2) {
            request.connection().close();
        } else if (!request.isEnded()) {
            request.resume();
            var unused = all.vertx().setTimer(FAREWELL.toMillis(), later -> {
                if (!request.isEnded()) {
                    Http2Streams.abort(request);
                }
            });
        }
    }

    /** Frees everything. The answers to events in flight are dropped. */
    private void over() {
        if (state == State.OVER) {
            return;
        }
        state = State.OVER;
        lines.close();
        memory.giveBack();
        window.clear();
        all.remove(this);
    }
}
