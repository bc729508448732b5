package io.ssebridge.channel;

import io.vertx.core.json.JsonObject;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The requirement that a caller must meet to subscribe to a channel or to publish on it.
 *
 * @param kind the kind of requirement
 * @param role for {@link Kind#ROLE}: the value that the token's property {@code role} must have; else null
 */
public record Requirement(Kind kind, @Nullable String role) {
    /** No requirement: everybody may. */
    public static final Requirement PUBLIC = new Requirement(Kind.PUBLIC, null);
    /** A valid token. */
    public static final Requirement AUTHENTICATED = new Requirement(Kind.AUTHENTICATED, null);
    /** A token with a pattern that covers the channel. */
    public static final Requirement GRANTED = new Requirement(Kind.GRANTED, null);
    /** A token with the value of <code>{sub}</code> in the channel name as its subject. */
    public static final Requirement OWNER = new Requirement(Kind.OWNER, null);
    /** Nobody may do it over HTTP. */
    public static final Requirement NONE = new Requirement(Kind.NONE, null);

    /** A client certificate on the connection; for publishing only. */
    public static final Requirement CERTIFICATE = new Requirement(Kind.CERTIFICATE, null);

    /** Kinds of requirement; lower case in the configuration. */
    public enum Kind {
        /** Everybody. */
        PUBLIC,
        /** Any valid token. */
        AUTHENTICATED,
        /** A token with patterns that cover the channel. */
        GRANTED,
        /** A token of the subject that the channel names. */
        OWNER,
        /** Nobody. */
        NONE,
        /** A client certificate that the configured authority has signed. */
        CERTIFICATE,
        /** A token with a given value of its property {@code role}. */
        ROLE
    }

    /** Checks that a role is present for the kind ROLE, and only for it. */
    public Requirement {
        if ((kind == Kind.ROLE) != (role != null)) {
            throw new IllegalArgumentException("role: %s (expected: one with the kind ROLE only)".formatted(role));
        }
    }

    /**
     * Returns the requirement of a token with a role.
     *
     * @param role the value of the token's property {@code role}
     */
    public static Requirement role(String role) {
        return new Requirement(Kind.ROLE, role);
    }

    /** Returns the value of the key {@code subscribe} or {@code publish}: the kind, or an object with {@code role}. */
    Object toJson() {
        return kind == Kind.ROLE
                ? new JsonObject().put("role", role)
                : kind.name().toLowerCase(Locale.ROOT);
    }

    /** Returns the value of the key {@code publish} as an object, which may have further keys. */
    JsonObject toSection() {
        return kind == Kind.ROLE ? new JsonObject().put("role", role) : new JsonObject().put("allow", toJson());
    }

    /** Returns whether the answer does not depend on a token: everybody may, nobody may, or a certificate decides. */
    public boolean needsNoToken() {
        return kind == Kind.PUBLIC || kind == Kind.NONE || kind == Kind.CERTIFICATE;
    }
}
