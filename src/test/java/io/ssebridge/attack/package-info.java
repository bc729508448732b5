/**
 * What hostile clients do to a cluster that serves honest ones, all at once. The integration tests run it for half a minute; the Maven
 * profile {@code attack} runs it for ten: {@code mvn verify -Pattack -Dit.test=AttackIT}.
 *
 * <p>{@code -Dattack.only=aborts,ids} runs some attacks alone, {@code -Dattack.seconds=60} sets the time, {@code -Dattack.percent=50} the
 * rate of all attacks, {@code -Dattack.seed=1} repeats the random choices of a run, and {@code -Dattack.output=true} shows what the nodes
 * said. Steps of the wall clock are left out, since a process cannot make them without privileges: unit tests make them.
 *
 * <p>Each attack has threads, addresses and random numbers of its own. Read {@link io.ssebridge.attack.Attack} first.
 */
@NullMarked
package io.ssebridge.attack;

import org.jspecify.annotations.NullMarked;
