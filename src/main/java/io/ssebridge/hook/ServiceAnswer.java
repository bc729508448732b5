package io.ssebridge.hook;

import org.jspecify.annotations.Nullable;

/**
 * The answer of a service.
 *
 * @param body a JsonObject, JsonArray, String, number or boolean; null: the answer is empty
 */
public record ServiceAnswer(@Nullable Object body) {}
