/**
 * Knows which nodes there are, which node leads each shard, and whether this node may speak for the cluster. Threads:
 * changes happen on the node's own context; all event loops ask for leaders and doubts. Read {@link io.ssebridge.membership.Shards} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.membership;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
