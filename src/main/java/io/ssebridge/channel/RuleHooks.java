package io.ssebridge.channel;

import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The services that a rule asks about its subscribers.
 *
 * @param authorize decides whether a caller may subscribe, if the rule allows it; null: the rule alone decides
 * @param initial gives the first events of a stream; null: a stream begins with the next event
 */
public record RuleHooks(
        @Nullable Service authorize, @Nullable InitialSnapshot initial) {
    /** No services. */
    public static final RuleHooks NONE = new RuleHooks(null, null);

    /** Returns the services by their keys. */
    Map<String, Service> services() {
        Map<String, Service> services = new LinkedHashMap<>();
        if (authorize != null) {
            services.put("authorize", authorize);
        }
        if (initial != null) {
            services.put("initial", initial.service());
        }
        return services;
    }

    /** Adds the keys of the configuration to a rule. */
    void addTo(JsonObject rule) {
        if (authorize != null) {
            rule.put("authorize", authorize.toJson());
        }
        if (initial != null) {
            rule.put("initial", initial.toJson());
        }
    }
}
