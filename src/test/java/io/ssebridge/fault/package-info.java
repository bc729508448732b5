/**
 * The guarantees while things break: connections, nodes, the history itself. Each test takes its bounds from system
 * properties; they are small unless the Maven profile {@code faults} is on. Read {@link io.ssebridge.fault.Ledger} first.
 */
@NullMarked
package io.ssebridge.fault;

import org.jspecify.annotations.NullMarked;
