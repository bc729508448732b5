package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventEncoder;
import io.ssebridge.event.EventId;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.Replay;
import io.ssebridge.history.Replay.Reason;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The beginning of a stream: its cursor on each channel, and the notices about events that are missing.
 *
 * <p>The {@code stream-open} carries the cursors that the client came with, never newer ones. So a connection that
 * breaks directly after it loses nothing. A client that breaks off before it gets its reset will get the reset on the
 * next connection.
 */
final class StreamStart {
    private final HistoryReader history;
    private final List<ChannelName> channels;
    private final List<Replay> replays;
    private final Optional<String> openId;
    private final Bookmarks cameWith;
    private final BitSet snapshots;

    private StreamStart(
            HistoryReader history,
            List<ChannelName> channels,
            List<Replay> replays,
            Optional<String> openId,
            Bookmarks cameWith,
            BitSet snapshots) {
        this.history = history;
        this.channels = channels;
        this.replays = replays;
        this.openId = openId;
        this.cameWith = cameWith;
        this.snapshots = snapshots;
    }

    /**
     * Finds the cursors at which a stream begins.
     *
     * @param history the histories
     * @param audiences check the cursors that the client came with
     * @param channels the channels of the stream
     * @param tails the cursor of the newest event of each channel
     * @param start the point where the client wants it to begin
     * @param forms the form of the events of each channel
     * @param hasSnapshot tells whether a channel begins with a snapshot, for a client without a cursor
     */
    static Future<StreamStart> find(
            HistoryReader history,
            LoopAudiences audiences,
            List<ChannelName> channels,
            List<Cursor> tails,
            StartPoint start,
            List<StreamForm> forms,
            Predicate<ChannelName> hasSnapshot) {
        Optional<String> lastEventId = start.lastEventId();
        List<ChannelName> kept = channels.stream().filter(history::keeps).toList();
        Optional<Map<ChannelName, Cursor>> known = lastEventId.flatMap(id -> EventId.decode(id, kept));
        boolean unknown = lastEventId.isPresent() && known.isEmpty() && !kept.isEmpty();
        Map<ChannelName, Cursor> brought = known.orElse(Map.of());
        // The channels that begin with the next event, because the client asks for no other.
        BitSet fresh = new BitSet();
        List<Future<Replay>> looks = new ArrayList<>(channels.size());
        for (int i = 0; i < channels.size(); i++) {
            ChannelName channel = channels.get(i);
            Cursor tail = tails.get(i);
            Cursor cursor = brought.get(channel);
            if (!history.keeps(channel)) {
                looks.add(Future.succeededFuture(Replay.from(tail)));
            } else if (unknown) {
                looks.add(history.reset(channel, Reason.UNKNOWN_ID, tail));
            } else if (cursor != null) {
                looks.add(audiences.resume(channel, cursor, tail));
            } else if (lastEventId.isEmpty() && start.last().isPresent()) {
                looks.add(history.last(
                        channel, start.last().getAsInt(), forms.get(i).filter(), tail));
            } else if (lastEventId.isEmpty() && start.sinceMillis().isPresent()) {
                looks.add(history.since(channel, start.sinceMillis().getAsLong(), tail));
            } else {
                // With an id, this channel was added to the stream later.
                fresh.set(i);
                looks.add(live(history, channel, tail));
            }
        }
        return Future.all(looks).map(done -> {
            List<Replay> replays = looks.stream().map(Future::result).toList();
            List<Cursor> cursors = new ArrayList<>(channels.size());
            BitSet snapshots = new BitSet();
            for (int i = 0; i < channels.size(); i++) {
                Replay replay = replays.get(i);
                cursors.add(brought.getOrDefault(channels.get(i), replay.cursor()));
                // A channel that has ended has no state beyond its events.
                if ((fresh.get(i) || replay.reset().isPresent())
                        && !tails.get(i).isEnd()
                        && hasSnapshot.test(channels.get(i))) {
                    snapshots.set(i);
                }
            }
            Bookmarks came = new Bookmarks(channels, cursors, history::keeps);
            // A client that breaks off before it gets its snapshot must get it on the next connection.
            fresh.and(snapshots);
            fresh.stream().forEach(came::withhold);
            // An id that cannot be read cannot be repeated. Without an id in stream-open, the client keeps its own.
            Optional<String> openId = unknown || !came.haveId() ? Optional.empty() : Optional.of(came.id());
            return new StreamStart(history, channels, replays, openId, came, snapshots);
        });
    }

    /** Begins with the next event; in a channel that has ended, with its oldest one. */
    private static Future<Replay> live(HistoryReader history, ChannelName channel, Cursor tail) {
        return tail.isEnd() ? history.since(channel, 0, tail) : Future.succeededFuture(Replay.from(tail));
    }

    /**
     * Tells whether a client comes back after the last event of every channel. Then there is nothing to open: all
     * channels have ended, and the client has all their events.
     *
     * @param history the histories
     * @param channels the channels of the stream
     * @param start the point where the client wants it to begin
     */
    static Future<Boolean> isAfterEnd(HistoryReader history, List<ChannelName> channels, StartPoint start) {
        Map<ChannelName, Cursor> brought =
                start.lastEventId().flatMap(id -> EventId.decode(id, channels)).orElse(Map.of());
        // Most clients come back somewhere else. Only an id that says it is at the end costs a look into the history.
        if (brought.size() < channels.size() || !brought.values().stream().allMatch(Cursor::isEnd)) {
            return Future.succeededFuture(false);
        }
        List<Future<Boolean>> looks = new ArrayList<>(channels.size());
        brought.forEach((channel, cursor) ->
                looks.add(cursor instanceof Cursor.At at ? history.isEnd(channel, at) : Future.succeededFuture(false)));
        return Future.all(looks).map(done -> looks.stream().allMatch(Future::result));
    }

    /**
     * Encodes the first events of the stream. Called once.
     *
     * @param streamOpen the event {@code stream-open}
     */
    Buffer encode(Event streamOpen) {
        Buffer first = Buffer.buffer()
                .appendBuffer(openId.map(id -> EventEncoder.encode(streamOpen, id))
                        .orElseGet(() -> EventEncoder.encode(streamOpen)));
        Map<Reason, List<ChannelName>> resets = new LinkedHashMap<>();
        for (int i = 0; i < channels.size(); i++) {
            ChannelName channel = channels.get(i);
            replays.get(i)
                    .reset()
                    .ifPresent(reason -> resets.computeIfAbsent(reason, absent -> new ArrayList<>())
                            .add(channel));
        }
        resets.forEach((reason, lost) -> {
            lost.forEach(channel -> pass(channels.indexOf(channel)));
            Event reset = EncodedEvent.resetEvent(lost, reason);
            first.appendBuffer(
                    cameWith.haveId() ? EventEncoder.encode(reset, cameWith.id()) : EventEncoder.encode(reset));
        });
        return first;
    }

    /** Counts the resets of its channels. */
    void countResets(HubMeters meters) {
        for (Replay replay : replays) {
            replay.reset().ifPresent(meters::reset);
        }
    }

    /** Moves the id past the reset of a channel. */
    private void pass(int channel) {
        if (snapshots.get(channel)) {
            cameWith.withhold(channel);
        } else {
            cameWith.move(channel, replays.get(channel).cursor());
        }
    }

    /** Returns the cursors of the stream after these first events. */
    Bookmarks bookmarks() {
        Bookmarks after =
                new Bookmarks(channels, replays.stream().map(Replay::cursor).toList(), history::keeps);
        snapshots.stream().forEach(after::withhold);
        return after;
    }
}
