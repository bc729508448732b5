package io.ssebridge.control;

import io.ssebridge.access.Access;
import io.ssebridge.access.Decision;
import io.ssebridge.access.Grant;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Profile;
import io.ssebridge.hub.ChannelProgress;
import io.ssebridge.hub.Owner;
import io.ssebridge.hub.StreamProgress;
import io.ssebridge.subscriber.CloseReason;
import io.ssebridge.subscriber.Subscriber;
import io.ssebridge.time.NodeClock;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An open stream, as its subject can reach it by its id.
 *
 * <p><b>Owner:</b> the event loop of the stream; {@link #id}, {@link #owner} and {@link #subject} may be called on
 * any thread.
 */
public final class OpenStream {
    private final SubscriberId id;
    private final Owner owner;
    private final Subscriber subscriber;
    private final List<ChannelName> channels;
    private final boolean byCookie;
    private final Instant opened;
    private final StreamReader reader;
    private Optional<StreamProgress> progress = Optional.empty();
    // Whether a new token has come before the stream had begun.
    private boolean extendedEarly;
    private final Optional<String> subject;
    private Optional<Grant> grant;

    /** The index in the list of its subject; only {@link OpenStreams} uses it. */
    int index;

    /**
     * Describes a stream.
     *
     * @param id its id
     * @param owner its event loop
     * @param subscriber the stream itself
     * @param channels its channels
     * @param reader its reader
     * @param grant the rights of the token that opened it; empty: it was opened without a token
     * @param byCookie whether that token came in the session cookie
     * @param opened the current time
     */
    public OpenStream(
            SubscriberId id,
            Owner owner,
            Subscriber subscriber,
            List<ChannelName> channels,
            StreamReader reader,
            Optional<Grant> grant,
            boolean byCookie,
            Instant opened) {
        this.id = id;
        this.owner = owner;
        this.subscriber = subscriber;
        this.channels = List.copyOf(channels);
        this.reader = reader;
        this.subject = grant.map(Grant::subject);
        this.grant = grant;
        this.byCookie = byCookie;
        this.opened = opened;
    }

    /** Returns the id. */
    public SubscriberId id() {
        return id;
    }

    Owner owner() {
        return owner;
    }

    /** Returns the subject of the token; empty: the stream is anonymous. */
    Optional<String> subject() {
        return subject;
    }

    Subscriber subscriber() {
        return subscriber;
    }

    /** Returns the channels as those of a subject; empty: the stream is anonymous. */
    Optional<SubjectChannels> subjectChannels() {
        return subject.map(name -> SubjectChannels.of(name, channels));
    }

    /** Returns the first channel that its subject cannot open now. */
    Optional<BlockedChannel> blocked(Blocks blocks) {
        return subject.flatMap(name -> blocks.find(name, channels));
    }

    /**
     * Returns whether a caller may look at the stream and disconnect it: its own subject, and an administrator of all its
     * channels.
     */
    boolean isControlledBy(Grant caller) {
        return isOf(caller.subject()) || channels.stream().allMatch(caller::mayAdminister);
    }

    /**
     * Ends the stream because it has been disconnected.
     *
     * @return false if it had ended before
     */
    boolean disconnect() {
        owner.assertHere();
        boolean ends = subscriber.isOpen();
        subscriber.close(CloseReason.DISCONNECTED);
        return ends;
    }

    /** Ends the stream, as above, if it has one of these channels of its subject. */
    boolean disconnect(SubjectChannels from) {
        return channels.stream().anyMatch(from::contains) && disconnect();
    }

    /**
     * Takes the progress of the stream in the histories, when it has begun.
     *
     * @param begun the progress
     */
    public void begin(StreamProgress begun) {
        owner.assertHere();
        progress = Optional.of(begun);
        if (extendedEarly) {
            grant.flatMap(reader::profiles).ifPresent(begun::readAs);
        }
    }

    /**
     * Describes the stream for its subject and for administrators.
     *
     * @param node the id of this node
     * @param clock the time
     */
    JsonObject explain(String node, NodeClock clock) {
        owner.assertHere();
        long expiresMillis = subscriber.expiresMillis();
        long idleMillis = clock.elapsedMillis() - subscriber.lastWriteElapsedMillis();
        JsonArray each = new JsonArray();
        progress.map(StreamProgress::list)
                .orElseGet(List::of)
                .forEach(channel -> each.add(new JsonObject()
                        .put("channel", channel.channel().value())
                        .put("cursor", channel.eventId().orElse(null))
                        .put("lag", channel.lag())
                        .put("filtered", channel.skipped().filtered())
                        .put("withheld", withheld(channel.skipped()))));
        return new JsonObject()
                .put("subscriber", id.text())
                .put("sub", subject.orElse(null))
                .put("node", node)
                .put("opened", opened.toString())
                .put(
                        "expires",
                        expiresMillis == Long.MAX_VALUE
                                ? null
                                : Instant.ofEpochMilli(expiresMillis).toString())
                .put("writable", subscriber.isWritable())
                .put("lastWrite", clock.instant().minusMillis(idleMillis).toString())
                .put("channels", each);
    }

    private static JsonObject withheld(ChannelProgress.Skipped skipped) {
        return new JsonObject()
                .put("selectors", skipped.notSelected())
                .put("personalize", skipped.withheld())
                .put("unanswered", skipped.unanswered());
    }

    /**
     * Replaces the token, and with it the properties of the reader. The stream ends if the new token no longer covers one of
     * its channels.
     *
     * @param fresh the rights of the new token
     * @param fitsCookie whether the new token can be kept in the session cookie
     * @param rules the rules of the channels
     */
    Extension extend(Grant fresh, boolean fitsCookie, ChannelRules rules) {
        owner.assertHere();
        if (!subscriber.isOpen()) {
            return new Extension.NoStream();
        }
        if (subject.isEmpty()) {
            return new Extension.Anonymous();
        }
        if (!isOf(fresh.subject())) {
            return new Extension.NoStream();
        }
        if (byCookie && !fitsCookie) {
            return new Extension.CookieRefused();
        }
        for (ChannelName channel : channels) {
            Optional<String> refusal = refusal(rules, channel, Optional.of(fresh));
            if (refusal.isPresent()) {
                subscriber.close(CloseReason.ACCESS_LOST);
                return new Extension.AccessLost(channel.value(), refusal.get());
            }
        }
        Optional<List<Profile>> profiles = reader.profiles(fresh);
        if (profiles.isEmpty()) {
            subscriber.close(CloseReason.ACCESS_LOST);
            return new Extension.AccessLost(channels.get(0).value(), "the properties are too large");
        }
        boolean isSameReader = grant.filter(before -> before.properties().equals(fresh.properties()))
                .isPresent();
        grant = Optional.of(fresh);
        subscriber.extend(fresh.expires().toEpochMilli());
        if (!isSameReader) {
            extendedEarly = progress.isEmpty();
            reader.replace(fresh);
            progress.ifPresent(begun -> begun.readAs(profiles.get()));
        }
        return new Extension.Extended(fresh.expires(), byCookie);
    }

    private boolean isOf(String name) {
        return subject.filter(name::equals).isPresent();
    }

    /**
     * Ends the stream if the rules no longer let its token have all its channels.
     *
     * @return whether the stream has ended by it
     */
    boolean endIfLost(ChannelRules rules) {
        owner.assertHere();
        boolean isLost = subscriber.isOpen()
                && channels.stream()
                        .anyMatch(channel -> refusal(rules, channel, grant).isPresent());
        if (isLost) {
            subscriber.close(CloseReason.ACCESS_LOST);
        }
        return isLost;
    }

    private static Optional<String> refusal(ChannelRules rules, ChannelName channel, Optional<Grant> grant) {
        Decision decision = rules.findNow(channel)
                .map(rule -> Access.subscribe(rule, channel, grant.orElse(null)))
                .orElseGet(() -> new Decision.Forbidden("no rule of the configuration matches"));
        if (decision instanceof Decision.TokenNeeded) {
            return Optional.of("a token is needed");
        }
        return decision instanceof Decision.Forbidden no ? Optional.of(no.reason()) : Optional.empty();
    }
}
