package io.ssebridge.bench;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The data of an event: JSON of fixed length. It contains the publisher, the number of the event, and the time at which
 * the event was due. The number counts the events of the publisher on the channel. Numbers begin with a 1, so they have
 * the same length without leading zeros.
 */
final class Payload {
    /** The smallest size of a payload in bytes. */
    static final int LEAST = 64;

    private static final long PUBLISHERS = 100;
    private static final long NUMBERS = 1_000_000_000;
    private static final long TIMES = 1_000_000_000_000_000_000L;
    private static final byte[] HEAD =
            "{\"p\":000,\"n\":0000000000,\"t\":0000000000000000000,\"x\":\"".getBytes(StandardCharsets.US_ASCII);
    // The number of bytes between two numbers.
    private static final int NAME = 5;
    private static final int PUBLISHER_AT = 5;
    private static final int NUMBER_AT = 13;
    private static final int TIME_AT = 28;
    private static final int TIME_END = 47;

    /** Receives the content of payloads. */
    interface Receiver {
        /**
         * Receives an event: its publisher, its number on this channel (from 0), and the time at which it was due, in
         * nanoseconds.
         */
        void received(int publisher, int number, long dueNanos);
    }

    private Payload() {}

    /** Returns a payload of the given size in bytes. */
    static byte[] of(int publisher, int number, long dueNanos, int size) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) 'x');
        System.arraycopy(HEAD, 0, bytes, 0, HEAD.length);
        write(PUBLISHERS + publisher, bytes, NUMBER_AT - NAME - 1);
        write(NUMBERS + number, bytes, TIME_AT - NAME - 1);
        write(TIMES + dueNanos, bytes, TIME_END - 1);
        bytes[size - 2] = '"';
        bytes[size - 1] = '}';
        return bytes;
    }

    /** Reads the payload that begins here. Data that another server has created itself are ignored. */
    static void read(byte[] bytes, int at, int end, Receiver receiver) {
        if (end - at < TIME_END || bytes[at] != '{' || bytes[at + 2] != 'p' || bytes[at + PUBLISHER_AT] != '1') {
            return;
        }
        int publisher = (int) (number(bytes, at + PUBLISHER_AT, 3) - PUBLISHERS);
        int number = (int) (number(bytes, at + NUMBER_AT, 10) - NUMBERS);
        long dueNanos = number(bytes, at + TIME_AT, TIME_END - TIME_AT) - TIMES;
        receiver.received(publisher, number, dueNanos);
    }

    /** Writes a number; its last digit has this index. */
    private static void write(long number, byte[] bytes, int last) {
        int at = last;
        for (long rest = number; rest > 0; rest /= 10) {
            bytes[at--] = (byte) ('0' + rest % 10);
        }
    }

    private static long number(byte[] bytes, int at, int digits) {
        long number = 0;
        for (int i = at; i < at + digits; i++) {
            number = 10 * number + (bytes[i] - '0');
        }
        return number;
    }
}
