package io.ssebridge.http;

import io.ssebridge.access.Access;
import io.ssebridge.access.Grant;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.Service;
import io.ssebridge.event.Profile;
import io.ssebridge.hook.Authorization;
import io.ssebridge.hook.AuthorizeHook;
import io.ssebridge.hook.AuthorizeRequest;
import io.ssebridge.hook.ServiceException;
import io.ssebridge.request.Problem;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Decides whether callers may subscribe: first by the rules, then by the services that the rules name. History and presence
 * are for callers that may subscribe, too.
 *
 * <p><b>Owner:</b> one event loop.
 */
final class SubscribeAccess {
    private final ChannelRules rules;
    private final AuthorizeHook hook;
    private final boolean asks;

    SubscribeAccess(ChannelRules rules, AuthorizeHook hook) {
        this.rules = rules;
        this.hook = hook;
        this.asks = rules.all().stream().anyMatch(rule -> rule.hooks().authorize() != null);
    }

    /**
     * Checks the rules.
     *
     * @throws Problem for the first channel that the caller may not have
     */
    void check(List<ChannelName> channels, Optional<Grant> caller) {
        ChannelAccess.check(rules, channels, caller, Access::subscribe);
    }

    /**
     * Asks the services about a caller that has passed the rules.
     *
     * @return the properties that the services add, for each channel; fails with a {@link Problem} if one of them does not
     *     allow it, or gives no answer
     */
    Future<List<Map<String, Object>>> ask(List<ChannelName> channels, Optional<Grant> caller) {
        if (!asks) {
            return Future.succeededFuture(Collections.nCopies(channels.size(), Map.of()));
        }
        Profile profile = ChannelAccess.profile(caller);
        List<Future<Map<String, Object>>> answers = new ArrayList<>(channels.size());
        for (ChannelName channel : channels) {
            answers.add(rules.find(channel)
                    .map(rule -> rule.hooks().authorize())
                    .map(service -> ask(service, channel, profile))
                    .orElseGet(() -> Future.succeededFuture(Map.of())));
        }
        return Future.join(answers)
                .<List<Map<String, Object>>>map(
                        done -> answers.stream().map(Future::result).toList())
                .recover(failure -> Future.failedFuture(worst(answers, failure)));
    }

    private Future<Map<String, Object>> ask(Service service, ChannelName channel, Profile profile) {
        AuthorizeRequest question =
                new AuthorizeRequest(channel, Optional.ofNullable(profile.subject()), profile.properties());
        return hook.ask(service, question)
                .map(answer -> properties(answer, channel))
                .recover(failure -> Future.failedFuture(problem(failure, channel)));
    }

    private static Map<String, Object> properties(Authorization answer, ChannelName channel) {
        if (answer instanceof Authorization.Allowed allowed) {
            return allowed.properties();
        }
        throw Problem.forbidden(((Authorization.Denied) answer).reason(), channel.value());
    }

    private static Throwable problem(Throwable failure, ChannelName channel) {
        if (!(failure instanceof ServiceException known)) {
            return failure;
        }
        return known.kind() == ServiceException.Kind.BUSY
                ? Problem.unavailable("too many questions wait for the service that decides about this channel")
                        .at(channel.value())
                : Problem.undecided(channel.value());
    }

    /** Returns a denial rather than a failure: the client need not come back. */
    private static Throwable worst(List<Future<Map<String, Object>>> answers, Throwable first) {
        return answers.stream()
                .filter(Future::failed)
                .map(Future::cause)
                .filter(cause -> cause instanceof Problem problem && !problem.isTemporary())
                .findFirst()
                .orElse(first);
    }
}
