/**
 * The tools of the tests: a client that follows the standard, nodes that are real processes, and a service that knows
 * nothing of us. Shares no code with the tested classes. Read {@link io.ssebridge.testing.TestCluster} first.
 */
@NullMarked
package io.ssebridge.testing;

import org.jspecify.annotations.NullMarked;
