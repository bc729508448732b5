/**
 * The command line of the runnable jar: it starts a node as a process, and has commands that check a configuration, sign a
 * token, load a server, and ask a running node. Threads: the main thread, and the thread of a shutdown. Read {@code Main} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.cli;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
