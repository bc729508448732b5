/**
 * The cluster: how nodes find each other and share data. Only this package uses Hazelcast. Threads: blocking calls of
 * Hazelcast run on worker threads, and answers arrive on the context of the caller. Read {@link
 * io.ssebridge.cluster.Cluster} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.cluster;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
