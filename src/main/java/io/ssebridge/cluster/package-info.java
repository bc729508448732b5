/**
 * How nodes find and share with each other: everything that knows Hazelcast.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.cluster;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
