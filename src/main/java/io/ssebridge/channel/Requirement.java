package io.ssebridge.channel;

import org.jspecify.annotations.Nullable;

/**
 * What a caller must bring to subscribe to a channel, or to publish on it.
 *
 * @param kind the kind of requirement
 * @param role for {@link Kind#ROLE}: the value that the token's property {@code role} must have; else null
 */
public record Requirement(Kind kind, @Nullable String role) {
    /** Nothing: anybody may. */
    public static final Requirement PUBLIC = new Requirement(Kind.PUBLIC, null);
    /** A good token. */
    public static final Requirement AUTHENTICATED = new Requirement(Kind.AUTHENTICATED, null);
    /** A token with a pattern that covers the channel. */
    public static final Requirement GRANTED = new Requirement(Kind.GRANTED, null);
    /** A token whose subject stands in the channel's name for <code>{sub}</code>. */
    public static final Requirement OWNER = new Requirement(Kind.OWNER, null);
    /** Nobody may over HTTP. */
    public static final Requirement NONE = new Requirement(Kind.NONE, null);

    /** Kinds of requirement; lower case in the configuration. */
    public enum Kind {
        /** Anybody. */
        PUBLIC,
        /** Any good token. */
        AUTHENTICATED,
        /** A token whose patterns cover the channel. */
        GRANTED,
        /** The subject that the channel names. */
        OWNER,
        /** Nobody. */
        NONE,
        /** A token whose property {@code role} has a given value. */
        ROLE
    }

    /** Checks that there is a role where one is asked for, and only there. */
    public Requirement {
        if ((kind == Kind.ROLE) != (role != null)) {
            throw new IllegalArgumentException("role: %s (expected: one with the kind ROLE only)".formatted(role));
        }
    }

    /**
     * A token with this role.
     *
     * @param role the value of the token's property {@code role}
     */
    public static Requirement role(String role) {
        return new Requirement(Kind.ROLE, role);
    }

    /** Whether a token is never needed to learn the answer: everybody may, or nobody. */
    public boolean needsNoToken() {
        return kind == Kind.PUBLIC || kind == Kind.NONE;
    }
}
