package io.ssebridge.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.ResumingSubscriber;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Subscribers that never read cost the others nothing, and the node no memory. */
@Timeout(900)
class SlowSubscriberIT {
    private static final int SUBSCRIBERS = Bound.of("slow.subscribers", 200);
    private static final int STALLED = Bound.of("slow.stalled", 10);
    private static final int SECONDS = Bound.of("slow.seconds", 5);
    private static final int RATE = Bound.of("slow.rate", 600);
    // Those who read must not fall out of it, however slow the machine; those who do not, must.
    private static final int HISTORY = Bound.of("slow.history", 256);
    private static final int PUBLISHERS = 6;
    private static final int RECEIVE_BUFFER = 4_096;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    // Publishers are as slow as the machine is.
    private static final Duration PUBLISHED = Duration.ofMinutes(6);
    private static final Pattern USED = Pattern.compile("total\\s+\\d+K, used (\\d+)K");
    // A young heap of a few MB has more noise than that.
    private static final long NOISE_KILOBYTES = 4_096;

    @Test
    void subscribersThatDoNotRead_delayNobodyAndAreToldWhatTheyMissed() {
        Ledger ledger = new Ledger(1);
        try (Slots slots = new Slots(1, Slots.config(HISTORY));
                Audience readers = new Audience(ledger, slots::next);
                Audience stalled = new Audience(ledger, slots::next)) {
            for (int i = 0; i < SUBSCRIBERS - STALLED; i++) {
                readers.add(Set.of(0), Duration.ofMillis(100));
            }
            for (int i = 0; i < STALLED; i++) {
                stalled.add(Set.of(0), Duration.ofMillis(100), RECEIVE_BUFFER);
            }
            readers.awaitOpen();
            stalled.awaitOpen();
            publish(ledger, slots, Math.max(RATE, HISTORY) / PUBLISHERS);
            readers.awaitComplete(PATIENCE);
            stalled.awaitComplete(PATIENCE);
            long before = heap(slots);
            stalled.subscribers().forEach(ResumingSubscriber::pause);
            long begun = System.nanoTime();
            publish(ledger, slots, SECONDS * RATE / PUBLISHERS);
            readers.awaitComplete(PATIENCE);
            long millis = (System.nanoTime() - begun) / 1_000_000;
            long after = heap(slots);
            Bound.say(
                    "SlowSubscriberIT: %d events to %d subscribers, %d of them stalled, for %d ms; heap %d KB before, %d KB after",
                    ledger.acknowledged(), SUBSCRIBERS, STALLED, millis, before, after);
            assertThat(readers.flaws()).isEmpty();
            assertThat(after).isLessThan(before + Math.max(before / 10, NOISE_KILOBYTES));
            stalled.subscribers().forEach(ResumingSubscriber::resume);
            Eventually.holds(
                    "resets of those who stalled",
                    PATIENCE,
                    () -> stalled.accounts().stream()
                            .noneMatch(each -> each.resets().isEmpty()));
            publish(ledger, slots, 1);
            Eventually.holds(
                    "those who stalled",
                    PATIENCE,
                    () -> stalled.accounts().stream().allMatch(Ledger.Account::hasNewest));
            assertThat(stalled.silentGaps()).isEmpty();
        }
    }

    private static void publish(Ledger ledger, Slots slots, int each) {
        List<Publisher> publishers = new ArrayList<>();
        for (int i = 0; i < PUBLISHERS; i++) {
            publishers.add(new Publisher(
                            ledger.nextPublisher(),
                            1,
                            ledger,
                            slots::next,
                            Duration.ofMillis(1_000L * PUBLISHERS / RATE))
                    .most(each));
        }
        publishers.forEach(publisher -> publisher.await(PUBLISHED));
        assertThat(publishers).extracting(Publisher::failure).containsOnly("");
    }

    /** What is left on the heap of the node after a collection, in KB. */
    private static long heap(Slots slots) {
        String pid = Long.toString(slots.node(0).process().pid());
        jcmd(pid, "GC.run");
        jcmd(pid, "GC.run");
        Matcher used = USED.matcher(jcmd(pid, "GC.heap_info"));
        long sum = 0;
        while (used.find()) {
            sum += Long.parseLong(used.group(1));
        }
        return sum;
    }

    private static String jcmd(String... arguments) {
        List<String> command = new ArrayList<>(List.of(arguments));
        command.add(0, Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(output).isZero();
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
