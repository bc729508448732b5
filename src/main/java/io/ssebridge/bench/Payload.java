package io.ssebridge.bench;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The data of every event: JSON of one length, with who sent it, its number among those of its sender on its channel, and
 * when it was due. Numbers begin with a 1, that they have the same length without leading zeros.
 */
final class Payload {
    /** A payload has at least so many bytes. */
    static final int LEAST = 64;

    private static final long PUBLISHERS = 100;
    private static final long NUMBERS = 1_000_000_000;
    private static final long TIMES = 1_000_000_000_000_000_000L;
    private static final byte[] HEAD =
            "{\"p\":000,\"n\":0000000000,\"t\":0000000000000000000,\"x\":\"".getBytes(StandardCharsets.US_ASCII);
    // The bytes between two numbers.
    private static final int NAME = 5;
    private static final int PUBLISHER_AT = 5;
    private static final int NUMBER_AT = 13;
    private static final int TIME_AT = 28;
    private static final int TIME_END = 47;

    /** Who receives what a payload says. */
    interface Receiver {
        /** An event, the number'th from 0 on that the publisher sent on this channel, due at this time in nanoseconds. */
        void received(int publisher, int number, long due);
    }

    private Payload() {}

    /** A payload of so many bytes. */
    static byte[] of(int publisher, int number, long due, int size) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) 'x');
        System.arraycopy(HEAD, 0, bytes, 0, HEAD.length);
        write(PUBLISHERS + publisher, bytes, NUMBER_AT - NAME - 1);
        write(NUMBERS + number, bytes, TIME_AT - NAME - 1);
        write(TIMES + due, bytes, TIME_END - 1);
        bytes[size - 2] = '"';
        bytes[size - 1] = '}';
        return bytes;
    }

    /** Reads the payload that begins here; does nothing if it is another server's own. */
    static void read(byte[] bytes, int at, int end, Receiver receiver) {
        if (end - at < TIME_END || bytes[at] != '{' || bytes[at + 2] != 'p' || bytes[at + PUBLISHER_AT] != '1') {
            return;
        }
        int publisher = (int) (number(bytes, at + PUBLISHER_AT, 3) - PUBLISHERS);
        int number = (int) (number(bytes, at + NUMBER_AT, 10) - NUMBERS);
        long due = number(bytes, at + TIME_AT, TIME_END - TIME_AT) - TIMES;
        receiver.received(publisher, number, due);
    }

    /** Writes a number so that its last digit is at this place. */
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
