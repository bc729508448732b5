package io.ssebridge.personal;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.PersonalizeRule;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventId;
import io.ssebridge.event.Profile;
import io.ssebridge.event.Selector;
import io.ssebridge.history.PersonalData;
import io.ssebridge.history.PublishedEvent;
import io.ssebridge.hub.Owner;
import io.ssebridge.time.LogLimit;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the services of personalised channels. A service is asked once for each event and each part of a profile: equal
 * questions in flight share one request, and answers are kept up to a number of bytes. A missing answer is not kept.
 *
 * <p><b>Owner:</b> the node's own context. The public methods may be called on any thread.
 */
public final class PersonalAnswers implements PersonalData {
    private static final Logger LOG = LoggerFactory.getLogger(PersonalAnswers.class);
    private static final long MAX_CACHED_BYTES = 16 << 20;
    private static final int HEAP_SHARE = 64;

    private final Owner owner;
    private final ChannelRules rules;
    private final PersonalServices transports;
    private final Map<PersonalizeRule, PersonalService> services = new HashMap<>();
    private final Map<AnswerKey, Future<Answer>> inFlight = new HashMap<>();
    private final AnswerCache cache =
            new AnswerCache(Math.min(MAX_CACHED_BYTES, Runtime.getRuntime().maxMemory() / HEAP_SHARE));
    private final NodeClock clock;
    private final LogLimit failures;
    private final Counter asked;
    private final Counter failed;

    /**
     * Creates the answers of a node; no service is asked yet.
     *
     * @param owner the node's context
     * @param rules name the services
     * @param services asks the services, by their addresses
     * @param clock the time
     * @param meters counts questions
     */
    public PersonalAnswers(
            Owner owner, ChannelRules rules, PersonalServices services, NodeClock clock, MeterRegistry meters) {
        this.owner = owner;
        this.rules = rules;
        this.transports = services;
        this.failures = new LogLimit(clock);
        this.asked = Counter.builder("sse.personalize.asked")
                .description("Questions to services about the data of an event for some readers")
                .register(meters);
        this.failed = Counter.builder("sse.personalize.failed")
                .description("Such questions without a usable answer in time")
                .register(meters);
        this.clock = clock;
    }

    private Function<PersonalQuestion, Future<Answer>> counted(
            PersonalizeRule rule, Function<PersonalQuestion, Future<Answer>> transport) {
        return question -> {
            asked.increment();
            return transport.apply(question).onFailure(failure -> {
                failed.increment();
                failures.log(() -> LOG.warn(
                        "No answer of {} for an event of {}: {} (said at most once a minute)",
                        rule.address(),
                        question.channel(),
                        String.valueOf(failure.getMessage())));
            });
        };
    }

    @Override
    public Optional<Profile> part(ChannelName channel, @Nullable Profile reader) {
        return reader == null || !rules.arePersonalized()
                ? Optional.empty()
                : rule(channel).map(rule -> reader.part(rule.by()));
    }

    private Optional<PersonalizeRule> rule(ChannelName channel) {
        return rules.findInUse(channel).map(ChannelRule::personalize);
    }

    @Override
    public Future<List<Event>> of(ChannelName channel, Profile part, List<PublishedEvent> events, boolean isLive) {
        PersonalizeRule rule = rule(channel).orElseThrow();
        return owner.call(() -> {
            List<Future<Event>> all = new ArrayList<>(events.size());
            events.forEach(event -> all.add(one(channel, rule, part, event, isLive)));
            return Future.all(all).map(done -> all.stream().map(Future::result).toList());
        });
    }

    private Future<Event> one(
            ChannelName channel, PersonalizeRule rule, Profile part, PublishedEvent published, boolean isLive) {
        Event event = published.event();
        Selector selector = event.selector();
        if (selector != null && selector.dependsOnlyOn(rule.by()) && !selector.selects(part)) {
            // None of these readers gets the event.
            return Future.succeededFuture(event);
        }
        return answer(new AnswerKey(channel, published.cursor(), part), rule, published, isLive)
                .map(answer -> answer.to(event, rule));
    }

    private Future<Answer> answer(AnswerKey key, PersonalizeRule rule, PublishedEvent published, boolean isLive) {
        Answer known = cache.get(key);
        if (known != null) {
            return Future.succeededFuture(known);
        }
        Future<Answer> shared = inFlight.get(key);
        if (shared != null) {
            return shared;
        }
        PersonalService service = services.computeIfAbsent(
                rule, first -> new PersonalService(counted(first, transports.of(first)), clock));
        Future<Answer> answer = service.ask(question(key, published), isLive);
        if (!answer.isComplete()) {
            inFlight.put(key, answer);
        }
        return answer.onComplete(done -> {
            inFlight.remove(key, answer);
            if (done.succeeded() && !done.result().equals(Answer.NoData.MISSING)) {
                cache.put(key, done.result());
            }
        });
    }

    private PersonalQuestion question(AnswerKey key, PublishedEvent published) {
        boolean keeps = !rules.retention(key.channel()).isNone();
        return new PersonalQuestion(
                key.channel().value(),
                published.event(),
                keeps ? Optional.of(EventId.encode(List.of(key.channel()), List.of(key.cursor()))) : Optional.empty(),
                keeps ? OptionalLong.of(key.cursor().sequence()) : OptionalLong.empty(),
                Instant.ofEpochMilli(published.timeMillis()),
                key.part().toJson());
    }
}
