package io.ssebridge.fault;

import io.ssebridge.testing.ReceivedEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The acknowledged events, and the events that each subscriber got.
 *
 * <p>An event's data is {@code <channel> <publisher> <number>}; an event keeps it over all attempts to publish it, as it keeps its key.
 * Any thread may call.
 */
public final class Ledger {
    private final List<ConcurrentSkipListMap<Long, Integer>> bySequence = new ArrayList<>();
    private final Map<Integer, Set<Integer>> acknowledged = new ConcurrentHashMap<>();
    private final AtomicInteger publishers = new AtomicInteger();
    private final String run = UUID.randomUUID().toString();
    private final Map<Integer, Long> begun = new ConcurrentHashMap<>();
    private volatile String renumbered = "";

    /**
     * A ledger without entries.
     *
     * @param channels how many channels there are
     */
    public Ledger(int channels) {
        for (int i = 0; i < channels; i++) {
            bySequence.add(new ConcurrentSkipListMap<>());
            acknowledged.put(i, ConcurrentHashMap.newKeySet());
        }
    }

    /** Part of the keys, so that no two tests share any. */
    String run() {
        return run;
    }

    /** A number for one more publisher. */
    int nextPublisher() {
        return publishers.getAndIncrement();
    }

    /**
     * The name of a channel.
     *
     * @param index its number
     */
    public static String channel(int index) {
        return "public.fault" + index;
    }

    static String data(int channel, int publisher, int number) {
        return channel + " " + publisher + " " + number;
    }

    static int code(int publisher, int number) {
        return publisher << 24 | number;
    }

    static int publisher(int code) {
        return code >>> 24;
    }

    /**
     * The event that carries some data.
     *
     * @param data of the event
     */
    public static int codeOf(String data) {
        String[] parts = data.split(" ", 3);
        return code(Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
    }

    static String name(int code) {
        return publisher(code) + "/" + (code & 0xff_ff_ff);
    }

    /** A publisher publishes an event for the first time. */
    void begun(int code) {
        begun.put(code, System.nanoTime());
    }

    /**
     * How many nanoseconds ago a publisher began to publish an event.
     *
     * @param code of the event
     */
    public long sinceBegun(int code) {
        return System.nanoTime() - begun.getOrDefault(code, System.nanoTime());
    }

    /** The bridge has said that an event is kept. */
    void acknowledged(int channel, int code, long sequence) {
        acknowledgements(channel).add(code);
        Integer other = bySequence.get(channel).put(sequence, code);
        if (other != null && other != code) {
            renumbered = "channel %d: sequence %d is %s and %s".formatted(channel, sequence, name(other), name(code));
        }
    }

    /** Where two events were acknowledged with one sequence; empty: none. */
    public String renumbered() {
        return renumbered;
    }

    private Set<Integer> acknowledgements(int channel) {
        return acknowledged.getOrDefault(channel, Set.of());
    }

    /** The events of each channel that are acknowledged by now. */
    Map<Integer, Set<Integer>> acknowledgedByNow() {
        Map<Integer, Set<Integer>> byNow = new TreeMap<>();
        acknowledged.forEach((channel, codes) -> byNow.put(channel, Set.copyOf(codes)));
        return byNow;
    }

    /** How many events are acknowledged. */
    public int acknowledged() {
        return acknowledged.values().stream().mapToInt(Set::size).sum();
    }

    /** The events of one subscriber, on some of the channels. */
    public final class Account {
        private final String name;
        private final Set<Integer> channelsOfStream;
        private final Map<Integer, List<Integer>> got = new TreeMap<>();
        private final Map<Integer, Integer> resetsAt = new TreeMap<>();
        private final List<String> resets = new ArrayList<>();
        private final Map<Integer, List<Integer>> inStream = new TreeMap<>();
        private int streams;
        private int count;

        Account(String name, Set<Integer> channelsOfStream) {
            this.name = name;
            this.channelsOfStream = channelsOfStream;
            channelsOfStream.forEach(channel -> got.put(channel, new ArrayList<>()));
        }

        synchronized void take(ReceivedEvent event) {
            if (event.type().equals("message")) {
                int channel = Integer.parseInt(event.data().split(" ", 2)[0]);
                got(channel).add(codeOf(event.data()));
                streamsOf(channel).add(streams);
                count++;
            } else if (event.type().equals("stream-open")) {
                streams++;
            } else if (event.type().equals("stream-reset")) {
                resets.add(event.data());
                for (Object channel : event.json().getJsonArray("channels")) {
                    int index = Integer.parseInt(channel.toString().substring("public.fault".length()));
                    resetsAt.put(index, got(index).size());
                }
            }
        }

        private List<Integer> streamsOf(int channel) {
            return inStream.computeIfAbsent(channel, first -> new ArrayList<>());
        }

        private List<Integer> got(int channel) {
            List<Integer> events = got.get(channel);
            if (events == null) {
                throw new AssertionError(name + " got an event of channel " + channel);
            }
            return events;
        }

        Set<Integer> channels() {
            return channelsOfStream;
        }

        @Override
        public String toString() {
            return name;
        }

        /** How many events it got. */
        public synchronized int count() {
            return count;
        }

        synchronized List<String> resets() {
            return List.copyOf(resets);
        }

        /** The events that came on a channel after its last reset. */
        synchronized List<Integer> sinceReset(int channel) {
            List<Integer> events = got(channel);
            return List.copyOf(events.subList(resetsAt.getOrDefault(channel, 0), events.size()));
        }

        /** Whether the last acknowledged event of every channel has come. */
        synchronized boolean isComplete() {
            return channelsOfStream.stream().allMatch(channel -> {
                List<Integer> events = got(channel);
                Map.Entry<Long, Integer> last = bySequence.get(channel).lastEntry();
                if (last == null) {
                    return true;
                }
                // From the end: there may be events after it that were never acknowledged.
                return events.lastIndexOf(last.getValue()) >= 0
                        && events.size() >= acknowledgements(channel).size();
            });
        }

        /** Each acknowledged event once, in the order of their numbers, and no reset; every complaint in a line. */
        synchronized List<String> flaws() {
            List<String> flaws = new ArrayList<>();
            resets.forEach(reset -> flaws.add(name + ": stream-reset " + reset));
            got.forEach((channel, events) -> {
                List<Integer> wanted = new ArrayList<>(bySequence.get(channel).values());
                Set<Integer> seen = new HashSet<>();
                for (int i = 0; i < events.size(); i++) {
                    int code = events.get(i);
                    if (!seen.add(code)) {
                        int first = events.indexOf(code);
                        flaws.add("%s: twice on channel %d: %s, %d. and %d. in streams %d and %d of %d"
                                .formatted(
                                        name,
                                        channel,
                                        name(code),
                                        first,
                                        i,
                                        streamsOf(channel).get(first),
                                        streamsOf(channel).get(i),
                                        streams));
                    }
                }
                List<Integer> lost =
                        wanted.stream().filter(code -> !seen.contains(code)).toList();
                if (!lost.isEmpty()) {
                    flaws.add("%s: lost on channel %d: %d of %d, from %s to %s, got %d"
                            .formatted(
                                    name,
                                    channel,
                                    lost.size(),
                                    wanted.size(),
                                    name(lost.get(0)),
                                    name(lost.get(lost.size() - 1)),
                                    events.size()));
                }
                Set<Integer> all = new HashSet<>(wanted);
                List<Integer> inOrder = events.stream().filter(all::contains).toList();
                if (lost.isEmpty() && seen.size() == events.size() && !inOrder.equals(wanted)) {
                    int i = 0;
                    while (inOrder.get(i).equals(wanted.get(i))) {
                        i++;
                    }
                    flaws.add("%s: out of order on channel %d at %d: %s came for %s"
                            .formatted(name, channel, i, name(inOrder.get(i)), name(wanted.get(i))));
                }
            });
            return flaws;
        }

        /** No gap in any publisher's events that no reset tells of, and everything up to the end. */
        synchronized List<String> silentGaps() {
            List<String> flaws = new ArrayList<>();
            got.forEach((channel, events) -> {
                int from = resetsAt.getOrDefault(channel, 0);
                Map<Integer, Integer> newest = new HashMap<>();
                for (int code : events.subList(from, events.size())) {
                    Integer before = newest.put(publisher(code), code);
                    if (before != null && code <= before) {
                        flaws.add("%s: channel %d: %s after %s, %d events after the last of the resets %s"
                                .formatted(name, channel, name(code), name(before), events.size() - from, resets));
                    }
                }
                Set<Integer> behind = new HashSet<>(events.subList(from, events.size()));
                Map<Integer, Integer> oldest = new HashMap<>();
                behind.forEach(code -> oldest.merge(publisher(code), code, Math::min));
                List<Integer> lost = acknowledgements(channel).stream()
                        .filter(code -> !behind.contains(code))
                        .filter(code -> from == 0 || code > oldest.getOrDefault(publisher(code), Integer.MAX_VALUE))
                        .sorted()
                        .toList();
                if (!lost.isEmpty()) {
                    flaws.add("%s: channel %d: %d lost without a word, from %s to %s; resets %s"
                            .formatted(
                                    name,
                                    channel,
                                    lost.size(),
                                    name(lost.get(0)),
                                    name(lost.get(lost.size() - 1)),
                                    resets));
                }
            });
            return flaws;
        }
    }
}
