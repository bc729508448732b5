/**
 * Attacks of hostile clients, all at once, on a cluster that also serves honest ones. {@code mvn verify -Dit.test=AttackIT} runs it for half
 * a minute, {@code mvn verify -Pattack -Dit.test=AttackIT} for ten. {@code mvn verify} leaves it out, because it takes the processors
 * from the other tests; {@code .ci/run} runs it by itself.
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
