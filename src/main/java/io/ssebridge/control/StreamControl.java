package io.ssebridge.control;

import io.ssebridge.access.Grant;
import io.ssebridge.access.GrantJson;
import io.ssebridge.bus.NodeRequests;
import io.ssebridge.channel.ChannelRules;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * Extends the open streams of the cluster. The request may come to any node; the id of the stream leads to its node.
 *
 * <p>A stream that does not exist and a stream of another subject get the same answer. So an id says nothing to a caller
 * without a right to its stream.
 *
 * <p>Any thread. Answers arrive on the context of the caller.
 */
public final class StreamControl {
    private static final String REQUEST = "request";
    private static final String ID = "subscriber";
    private static final String GRANT = "grant";
    private static final String FITS_COOKIE = "fitsCookie";

    private final NodeRequests nodes;
    private final ChannelRules rules;
    private final OpenStreams streams = new OpenStreams();

    /** The requests between nodes. */
    private enum Request {
        EXTEND
    }

    /**
     * Creates the control of the streams of this node, and answers the requests of other nodes.
     *
     * @param nodes asks other nodes
     * @param rules the rules of the channels
     */
    public StreamControl(NodeRequests nodes, ChannelRules rules) {
        this.nodes = nodes;
        this.rules = rules;
        nodes.onRequest(this::answer);
    }

    /**
     * Adds a stream of this node, until it ends; called on its event loop.
     *
     * @param stream the stream
     */
    public void add(OpenStream stream) {
        streams.add(stream);
    }

    /**
     * Extends a stream by a new token.
     *
     * @param id the stream, on any node
     * @param fresh the rights of the new token, which must have the subject of the stream
     * @param fitsCookie whether the new token can be kept in the session cookie
     * @return the result; fails if the stream's node does not answer
     */
    public Future<Extension> extend(SubscriberId id, Grant fresh, boolean fitsCookie) {
        if (id.isOf(nodes.self())) {
            return extendHere(id, fresh, fitsCookie);
        }
        JsonObject request =
                request(Request.EXTEND, id).put(GRANT, GrantJson.encode(fresh)).put(FITS_COOKIE, fitsCookie);
        return node(id).map(node -> nodes.ask(node, request).map(Extension::of))
                .orElseGet(() -> Future.succeededFuture(new Extension.NoStream()));
    }

    private Future<Extension> extendHere(SubscriberId id, Grant fresh, boolean fitsCookie) {
        return streams.find(id)
                .map(stream ->
                        stream.owner().call(() -> Future.succeededFuture(stream.extend(fresh, fitsCookie, rules))))
                .orElseGet(() -> Future.succeededFuture(new Extension.NoStream()));
    }

    private Future<JsonObject> answer(JsonObject request) {
        return switch (Request.valueOf(request.getString(REQUEST, ""))) {
            case EXTEND ->
                extendHere(
                                id(request),
                                GrantJson.decode(request.getJsonObject(GRANT)),
                                request.getBoolean(FITS_COOKIE, false))
                        .map(Extension::toJson);
        };
    }

    private Optional<String> node(SubscriberId id) {
        return nodes.others().stream().filter(id::isOf).findFirst();
    }

    private static JsonObject request(Request request, SubscriberId id) {
        return new JsonObject().put(REQUEST, request.name()).put(ID, id.text());
    }

    private static SubscriberId id(JsonObject request) {
        return SubscriberId.parse(request.getString(ID, ""))
                .orElseThrow(() -> new IllegalArgumentException("subscriber: is not an id"));
    }
}
