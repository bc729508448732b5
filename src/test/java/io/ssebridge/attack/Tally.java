package io.ssebridge.attack;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The answers to one attack, and the flaws found in them. Any thread. */
final class Tally {
    private static final int MOST_WRONGS = 5;
    private static final int NOT_IMPLEMENTED = 501;
    private static final int UNAVAILABLE = 503;

    private final String attack;
    private final Map<String, Integer> answers = new TreeMap<>();
    private final List<String> wrongs = new ArrayList<>();
    private int strikes;
    private int wrong;

    Tally(String attack) {
        this.attack = attack;
    }

    synchronized void addStrike() {
        strikes++;
    }

    synchronized void add(String answer) {
        answers.merge(answer, 1, Integer::sum);
    }

    /** Counts a wrong answer. */
    synchronized void addWrong(String what) {
        wrong++;
        if (wrongs.size() < MOST_WRONGS && !wrongs.contains(what)) {
            wrongs.add(what);
        }
    }

    /** Enters a status, and whether it may be at all. */
    void status(int status) {
        add(Integer.toString(status));
        if (status >= 500 && status != UNAVAILABLE) {
            addWrong("status " + status);
        }
    }

    /** Enters the status of an answer to bytes that may be of another protocol. */
    void foreignStatus(int status) {
        if (status == NOT_IMPLEMENTED) {
            add(Integer.toString(status));
        } else {
            status(status);
        }
    }

    synchronized List<String> wrongs() {
        return wrongs.stream()
                .map(what -> "%s (%d wrong answers): %s".formatted(attack, wrong, what))
                .toList();
    }

    @Override
    public synchronized String toString() {
        return "%-10s %7d  %s%s"
                .formatted(
                        attack,
                        strikes,
                        answers.entrySet().stream()
                                .map(answer -> answer.getKey() + ": " + answer.getValue())
                                .reduce((left, right) -> left + ", " + right)
                                .orElse("-"),
                        wrong == 0 ? "" : ", WRONG: " + wrong);
    }
}
