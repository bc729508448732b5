/**
 * Strict configuration: a YAML file, overridden by environment variables and system properties; one thread, nothing of ours
 * imported. Read {@link io.ssebridge.config.Section} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.config;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
