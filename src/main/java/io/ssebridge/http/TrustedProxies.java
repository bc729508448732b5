package io.ssebridge.http;

import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.List;

/**
 * The addresses of the proxies that are believed when they say for whom they ask.
 *
 * @param networks the addresses; none: every client is the peer of its connection
 */
public record TrustedProxies(List<IpNetwork> networks) {
    /** No proxy is believed. */
    public static final TrustedProxies NONE = new TrustedProxies(List.of());

    /** Copies the list. */
    public TrustedProxies {
        networks = List.copyOf(networks);
    }

    /**
     * Reads the proxies of a configuration.
     *
     * @param key the key of the list; the message begins with it
     * @param texts addresses and ranges
     * @throws IllegalArgumentException if an entry is neither
     */
    public static TrustedProxies of(String key, List<String> texts) {
        List<IpNetwork> networks = new ArrayList<>(texts.size());
        for (int i = 0; i < texts.size(); i++) {
            try {
                networks.add(IpNetwork.of(texts.get(i)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("%s[%d]: %s".formatted(key, i, e.getMessage()), e);
            }
        }
        return new TrustedProxies(networks);
    }

    boolean areNone() {
        return networks.isEmpty();
    }

    boolean contain(IpAddress address) {
        return networks.stream().anyMatch(network -> network.contains(address));
    }

    JsonArray toJson() {
        return new JsonArray(networks.stream().map(IpNetwork::toString).toList());
    }
}
