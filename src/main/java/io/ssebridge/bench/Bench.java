package io.ssebridge.bench;

import com.sun.management.OperatingSystemMXBean;
import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * One run of the load generator: opens all streams, publishes at the given rate, waits for the last events, and adds up
 * the results. It runs on the thread of the command.
 */
public final class Bench {
    private static final long LOOK_NANOS = 10_000_000;
    private static final long SECOND_NANOS = 1_000_000_000;
    // Some servers send the response head first, and subscribe the stream a moment later.
    private static final long SETTLE_NANOS = SECOND_NANOS;
    private static final long OPENING_NANOS = 120 * SECOND_NANOS;
    // A machine that is too busy may pause for longer than a second.
    private static final long QUIET_NANOS = 3 * SECOND_NANOS;

    private final Load load;
    private final Target target;
    private final ServerProcess server;
    private final Consumer<String> progress;

    /**
     * Prepares a run.
     *
     * @param load the amount of load
     * @param target the measured server
     * @param pids the processes to measure: their CPU time and memory count
     * @param progress receives one line of progress a second
     */
    public Bench(Load load, Target target, List<Long> pids, Consumer<String> progress) {
        this.load = load;
        this.target = target;
        this.server = new ServerProcess(List.copyOf(pids));
        this.progress = progress;
    }

    /**
     * Runs the load.
     *
     * @param threads the number of threads that read
     * @param resume the number of events that each stream has to catch up with
     * @param moreHeaders returns the own header lines of each subscriber, each with its line end
     * @param bus publishes on the event bus; empty: publishing uses HTTP
     * @param address the event bus address; <code>{n}</code> is the number of the channel
     */
    public Result run(int threads, int resume, IntFunction<String> moreHeaders, Optional<Vertx> bus, String address) {
        Sent sent = new Sent(load);
        List<String> ids = resume > 0 ? Prelude.play(load, target, sent, resume) : List.of();
        long idleBytes = server.residentBytes();
        double idleCpu = server.cpuSeconds();
        // The first event is due when all streams are open, a time that is not known yet.
        Clock clock = new Clock(load);
        Streams streams = prepare(threads, clock, ids, moreHeaders);
        Opening opening = open(streams, resume, idleCpu);
        clock.start();
        Publishing publishing = publishing(bus, address, sent, clock);
        Thread publisher = load.rate() > 0 ? start(publishing) : start(() -> {});
        Measurement measurement = measure(publisher, publishing, streams.totals(), clock);
        end(streams, publisher, sent);
        return result(idleBytes, opening, measurement, streams, publishing);
    }

    /**
     * All streams of the run.
     *
     * @param loops read the streams
     * @param threads run the loops
     * @param totals the sums over all loops
     */
    private record Streams(List<ListenerLoop> loops, List<Thread> threads, Totals totals) {
        private String failure(Publishing publishing) {
            return loops.stream()
                    .map(ListenerLoop::failure)
                    .filter(each -> !each.isEmpty())
                    .findFirst()
                    .orElse(publishing.failure());
        }
    }

    /**
     * The effort of opening all streams.
     *
     * @param seconds the time until all streams were open and had caught up
     * @param cpuSeconds the CPU time of the server
     * @param bytes the memory of the server after it
     */
    private record Opening(double seconds, double cpuSeconds, long bytes) {}

    /**
     * The measured part of the run, after the warm-up.
     *
     * @param early the faults before it
     * @param received the events that arrived in it
     * @param seconds its length, up to the last event
     * @param cpuSeconds the CPU time of the server
     * @param ownCpuSeconds the CPU time of this process
     * @param bytes the memory of the server at its end
     */
    private record Measurement(
            Totals.Faults early, long received, double seconds, double cpuSeconds, double ownCpuSeconds, long bytes) {}

    /** Prepares all streams, and spreads them over the threads and the channels. */
    private Streams prepare(int threads, Clock clock, List<String> ids, IntFunction<String> moreHeaders) {
        List<Tally> tallies = new ArrayList<>();
        List<ListenerLoop> loops = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            tallies.add(new Tally(clock));
            loops.add(new ListenerLoop(target, tallies.get(i)));
        }
        for (int i = 0; i < load.subscribers(); i++) {
            int channel = i % load.channels();
            int loop = i % threads;
            byte[] request = target.stream(
                    channel,
                    ids.isEmpty()
                            ? moreHeaders.apply(i)
                            : moreHeaders.apply(i) + "Last-Event-ID: " + ids.get(channel) + "\r\n");
            loops.get(loop).add(i, new Listener(load, target, tallies.get(loop), channel, i < load.stalled(), request));
        }
        return new Streams(loops, loops.stream().map(Bench::thread).toList(), new Totals(tallies));
    }

    /** Opens all streams, and waits until they are open and have caught up. */
    private Opening open(Streams streams, int resume, double idleCpu) {
        long begunNanos = System.nanoTime();
        streams.threads().forEach(Thread::start);
        awaitOpen(streams.totals(), streams.loops(), begunNanos);
        awaitCaughtUp(streams.totals(), (long) resume * (load.subscribers() - load.stalled()));
        double seconds = (double) (System.nanoTime() - begunNanos) / SECOND_NANOS;
        double cpuSeconds = server.cpuSeconds() - idleCpu;
        pause(SETTLE_NANOS);
        return new Opening(seconds, cpuSeconds, server.residentBytes());
    }

    private Publishing publishing(Optional<Vertx> bus, String address, Sent sent, Clock clock) {
        return bus.<Publishing>map(vertx -> new BusPublishing(load, vertx, address, sent, clock.originNanos()))
                .orElseGet(() -> new HttpPublishing(load, target, sent, clock.originNanos()));
    }

    /** Waits until the warm-up is over, and measures from then on until the last events have arrived. */
    private Measurement measure(Thread publisher, Publishing publishing, Totals totals, Clock clock) {
        watch(publisher, publishing, totals, clock.originNanos() + load.warmUp().toNanos());
        Totals.Faults early = totals.faults();
        double cpuBefore = server.cpuSeconds();
        double ownCpuBefore = ownCpuSeconds();
        long receivedBefore = totals.received();
        long fromNanos = System.nanoTime();
        watch(publisher, publishing, totals, fromNanos + load.time().toNanos());
        double seconds = (double) (awaitLast(publisher, publishing, totals) - fromNanos) / SECOND_NANOS;
        double cpuSeconds = server.cpuSeconds() - cpuBefore;
        double ownCpuSeconds = ownCpuSeconds() - ownCpuBefore;
        long received = totals.received() - receivedBefore;
        return new Measurement(early, received, seconds, cpuSeconds, ownCpuSeconds, server.residentBytes());
    }

    /** Ends all threads, and counts the events that have not arrived. */
    private static void end(Streams streams, Thread publisher, Sent sent) {
        long endNanos = System.nanoTime();
        streams.loops().forEach(ListenerLoop::stop);
        streams.threads().forEach(Bench::join);
        join(publisher);
        streams.loops().forEach(loop -> loop.listeners().forEach(listener -> listener.finish(sent, endNanos)));
    }

    private Result result(
            long idleBytes, Opening opening, Measurement measurement, Streams streams, Publishing publishing) {
        Totals totals = streams.totals();
        Totals.Faults faults = totals.faults().since(measurement.early());
        return new Result(
                load,
                totals.opened(),
                totals.closed() + totals.refused(),
                opening.seconds(),
                opening.cpuSeconds(),
                load.rate() > 0 ? publishing.accepted() : 0,
                load.rate() > 0 ? publishing.failed() : 0,
                measurement.received(),
                totals.measured(),
                faults.missing() + totals.unfinished(),
                totals.unfinished(),
                faults.again(),
                faults.resets(),
                measurement.early().all(),
                measurement.seconds(),
                measurement.cpuSeconds(),
                measurement.ownCpuSeconds(),
                idleBytes,
                opening.bytes(),
                measurement.bytes(),
                totals.longestSilenceNanos(),
                totals.latencies(),
                publishing.answers(),
                streams.failure(publishing));
    }

    private void awaitOpen(Totals totals, List<ListenerLoop> loops, long begunNanos) {
        long nextLineNanos = begunNanos + SECOND_NANOS;
        while (totals.opened() + totals.closed() + totals.refused() < load.subscribers()) {
            LockSupport.parkNanos(LOOK_NANOS / 10);
            long nowNanos = System.nanoTime();
            if (nowNanos > nextLineNanos) {
                nextLineNanos += SECOND_NANOS;
                progress.accept("%d of %d streams open".formatted(totals.opened(), load.subscribers()));
            }
            if (nowNanos - begunNanos > OPENING_NANOS) {
                return;
            }
        }
        if (totals.opened() == 0 && load.subscribers() > 0) {
            throw new IllegalStateException("Could not open a stream: "
                    + loops.stream().map(ListenerLoop::failure).findFirst().orElse(""));
        }
    }

    /** Waits until the streams have all missed events, or receive no more of them. */
    private void awaitCaughtUp(Totals totals, long events) {
        long quietNanos = System.nanoTime();
        long received = totals.received();
        while (received < events && System.nanoTime() - quietNanos < SECOND_NANOS) {
            pause(LOOK_NANOS / 10);
            if (totals.received() != received) {
                received = totals.received();
                quietNanos = System.nanoTime();
            }
        }
    }

    private static double ownCpuSeconds() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getProcessCpuTime() / 1e9
                : 0;
    }

    /** Waits until a time, and reports progress each second. */
    private void watch(Thread publisher, Publishing publishing, Totals totals, long untilNanos) {
        long nextLineNanos = System.nanoTime() + SECOND_NANOS;
        long before = totals.received();
        while (System.nanoTime() < untilNanos) {
            pause(Math.min(LOOK_NANOS, Math.max(1, untilNanos - System.nanoTime())));
            if (System.nanoTime() > nextLineNanos) {
                nextLineNanos += SECOND_NANOS;
                long received = totals.received();
                progress.accept("%d events accepted, %d failed, %d deliveries/s, %d streams lost"
                        .formatted(publishing.accepted(), publishing.failed(), received - before, totals.closed()));
                before = received;
            }
            if (load.rate() > 0 && !publisher.isAlive() && publishing.accepted() == 0) {
                return;
            }
        }
    }

    /** Waits until all events have arrived, or none has arrived for a while. Returns the time of the last arrival. */
    private long awaitLast(Thread publisher, Publishing publishing, Totals totals) {
        long reading = (long) load.subscribers() - load.stalled();
        boolean evenly = load.rate() > 0 && load.subscribers() % load.channels() == 0;
        long quietNanos = System.nanoTime();
        long received = totals.received();
        long deadlineNanos = quietNanos + load.drain().toNanos();
        while (System.nanoTime() < deadlineNanos) {
            pause(LOOK_NANOS);
            boolean allSent = !publisher.isAlive();
            if (totals.received() != received) {
                received = totals.received();
                quietNanos = System.nanoTime();
            }
            boolean all = evenly && received >= publishing.accepted() * reading / load.channels();
            if (allSent && (all || System.nanoTime() - quietNanos > QUIET_NANOS)) {
                break;
            }
        }
        return quietNanos;
    }

    private static Thread start(Runnable work) {
        Thread thread = thread(work);
        thread.start();
        return thread;
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "bench");
        thread.setDaemon(true);
        return thread;
    }

    private static void pause(long nanos) {
        long untilNanos = System.nanoTime() + nanos;
        while (System.nanoTime() < untilNanos) {
            LockSupport.parkNanos(untilNanos - System.nanoTime());
        }
    }

    private static void join(Thread thread) {
        while (thread.isAlive()) {
            pause(LOOK_NANOS);
        }
    }
}
