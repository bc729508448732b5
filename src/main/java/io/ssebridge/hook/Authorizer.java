package io.ssebridge.hook;

import io.vertx.core.Future;

/** Decides whether callers may subscribe, in an application that embeds the bridge. */
@FunctionalInterface
public interface Authorizer {
    /**
     * Decides about one caller and one channel. Called on the event loop of the request, after the rule of the channel has
     * allowed it.
     *
     * @param request the caller and the channel
     * @return the decision, on any thread. A failure, and an answer after the time-out, deny
     */
    Future<Authorization> authorize(AuthorizeRequest request);
}
