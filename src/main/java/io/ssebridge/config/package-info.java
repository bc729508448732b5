/**
 * Reads a strict configuration: a YAML file, overridden by environment variables and system properties, or JSON. Threads:
 * one thread reads the configuration; the resulting options are immutable. This package imports no other package of the
 * bridge. Read {@link io.ssebridge.config.Section} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.config;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
