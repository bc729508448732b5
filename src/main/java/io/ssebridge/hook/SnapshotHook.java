package io.ssebridge.hook;

import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.Service;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.Profile;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;

/**
 * Asks services for the states of channels. Readers with the same subject and properties share a question in flight, and so
 * the cursor at which it was asked: it is older than their own, and events that come twice into the state do no harm.
 *
 * <p><b>Owner:</b> one event loop.
 */
public final class SnapshotHook {
    private final ServiceCalls calls;
    private final ServiceClient client;
    private final Map<String, SnapshotSource> local;
    private final SnapshotReader reader;
    private final HookReport report;
    private final InFlight<Question, Snapshot> inFlight = new InFlight<>();

    private record Question(Service service, ChannelName channel, Profile reader) {}

    /**
     * Creates the hook of an event loop.
     *
     * @param calls bounds the questions
     * @param client sends them
     * @param local answers them in this JVM, by address
     * @param maxEventBytes the largest event
     * @param clock the time
     * @param meters counts the questions
     */
    public SnapshotHook(
            ServiceCalls calls,
            ServiceClient client,
            LocalServices local,
            int maxEventBytes,
            NodeClock clock,
            MeterRegistry meters) {
        this.calls = calls;
        this.client = client;
        this.local = local.snapshots();
        this.reader = new SnapshotReader(maxEventBytes);
        this.report = new HookReport("initial", clock, meters);
    }

    /**
     * Asks for the state of a channel.
     *
     * @param service the service
     * @param channel the channel
     * @param who what is known of the reader
     * @param tail the newest frame that has been announced here
     * @return the state; fails if there is none
     */
    public Future<Snapshot> ask(Service service, ChannelName channel, Profile who, Cursor tail) {
        return inFlight.ask(new Question(service, channel, who), () -> send(service, channel, who, tail));
    }

    private Future<Snapshot> send(Service service, ChannelName channel, Profile who, Cursor tail) {
        report.asked();
        return calls.call(service, () -> events(service, SnapshotRequest.of(channel, who, tail)))
                .map(events -> new Snapshot(tail, events))
                .onFailure(failure -> report.failed(service, channel, failure));
    }

    private Future<List<Event>> events(Service service, SnapshotRequest request) {
        SnapshotSource here = service.address() == null ? null : local.get(service.address());
        return here == null
                ? client.ask(service, request.toJson()).map(reader::read)
                : here.snapshot(request).map(reader::check);
    }
}
