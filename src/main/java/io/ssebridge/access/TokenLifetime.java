package io.ssebridge.access;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The time in which a token is valid. It is checked here because Vert.x accepts a token without {@code exp} for an
 * unlimited time.
 *
 * @param expires {@code exp}
 * @param notBefore {@code nbf}
 * @param issued {@code iat}
 */
record TokenLifetime(
        Instant expires,
        @Nullable Instant notBefore,
        @Nullable Instant issued) {

    private static final double END_OF_9999 =
            Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();

    static TokenLifetime of(JsonObject claims) throws Refusal {
        Instant expires = time(claims, "exp");
        if (expires == null) {
            throw new Refusal("exp: missing");
        }
        return new TokenLifetime(expires, time(claims, "nbf"), time(claims, "iat"));
    }

    private static @Nullable Instant time(JsonObject claims, String name) throws Refusal {
        Object value = claims.getValue(name);
        if (value == null) {
            return null;
        }
        if (value instanceof Number seconds && seconds.doubleValue() >= 0 && seconds.doubleValue() <= END_OF_9999) {
            return Instant.ofEpochSecond(seconds.longValue());
        }
        throw new Refusal(name + ": is not a time (expected: seconds since 1970, as a number)");
    }

    void check(Instant now, Duration leeway) throws Refusal {
        if (!isCurrent(expires, now, leeway)) {
            throw new Refusal("expired");
        }
        if (isAhead(notBefore, now, leeway)) {
            throw new Refusal("not yet valid");
        }
        if (isAhead(issued, now, leeway)) {
            throw new Refusal("iat: is in the future");
        }
    }

    static boolean isCurrent(Instant expires, Instant now, Duration leeway) {
        return now.isBefore(expires.plus(leeway));
    }

    private static boolean isAhead(@Nullable Instant time, Instant now, Duration leeway) {
        return time != null && time.isAfter(now.plus(leeway));
    }
}
