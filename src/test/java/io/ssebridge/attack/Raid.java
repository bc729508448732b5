package io.ssebridge.attack;

import io.ssebridge.testing.Pause;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** All attacks at once, each at its rate. A node that answers late is struck less often: nothing is made up for. */
final class Raid {
    private static final Duration MOST_LATE = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int RATE_PERCENT = Bounds.of("percent", 100);

    private final List<Victim> victims;
    private final List<Attack> attacks;
    private final List<Tally> tallies;
    private final List<AtomicInteger> strikes;
    private final long seed;
    private volatile long end;

    Raid(List<Victim> victims, List<Attack> attacks, long seed) {
        this.victims = victims;
        this.attacks = attacks.stream()
                .filter(attack -> Bounds.includes(attack.name()))
                .toList();
        this.tallies =
                this.attacks.stream().map(attack -> new Tally(attack.name())).toList();
        this.strikes = this.attacks.stream().map(attack -> new AtomicInteger()).toList();
        this.seed = seed;
    }

    /** Attacks for a time, and lets go of all connections. */
    void run(Duration time) {
        end = System.nanoTime() + time.toNanos();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < attacks.size(); i++) {
            for (int j = 0; j < attacks.get(i).threads(); j++) {
                int index = i;
                int number = j;
                Thread thread = new Thread(
                        () -> strike(index, number), "attack " + attacks.get(i).name());
                thread.setDaemon(true);
                thread.start();
                threads.add(thread);
            }
        }
        threads.forEach(Raid::join);
        attacks.forEach(Attack::end);
    }

    private static void join(Thread thread) {
        try {
            thread.join(Duration.ofMinutes(15).toMillis());
            if (thread.isAlive()) {
                throw new AssertionError("%s does not end within %s".formatted(thread.getName(), PATIENCE));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private void strike(int index, int thread) {
        Attack attack = attacks.get(index);
        Random random = new Random(seed ^ 31L * attack.name().hashCode() + thread);
        double perSecond = attack.rate() * RATE_PERCENT / 100 / attack.threads();
        long due = System.nanoTime();
        while (true) {
            // At random, so that attacks meet in every way.
            due += (long) (-Math.log(1 - random.nextDouble()) / perSecond * 1e9);
            long now = System.nanoTime();
            due = Math.max(due, now - MOST_LATE.toNanos());
            if (Math.max(due, now) >= end) {
                return;
            }
            Pause.of(Duration.ofNanos(Math.max(0, due - now)));
            strike(attack, index, random);
        }
    }

    private void strike(Attack attack, int index, Random random) {
        Tally tally = tallies.get(index);
        tally.addStrike();
        try {
            attack.strike(new Strike(
                    strikes.get(index).getAndIncrement(),
                    random,
                    address(1 + index, 1 + random.nextInt(attack.addresses())),
                    victims,
                    victims.get(random.nextInt(victims.size())),
                    tally));
        } catch (SocketTimeoutException e) {
            tally.add("nothing in time");
        } catch (IOException e) {
            tally.add("ended");
        } catch (AssertionError e) {
            tally.addWrong(String.valueOf(e.getMessage()));
        }
    }

    private static InetAddress address(int network, int number) throws IOException {
        return InetAddress.getByAddress(new byte[] {127, 0, (byte) network, (byte) number});
    }

    /** Everything that must not have been answered. */
    List<String> wrongs() {
        return tallies.stream().flatMap(tally -> tally.wrongs().stream()).toList();
    }

    /** The attacks, how often they struck, and their answers. */
    List<String> table() {
        return tallies.stream().map(Tally::toString).toList();
    }
}
