package io.ssebridge.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The way to write a kind of quantity: digits, then the sign of a unit.
 *
 * @param noun the name of such a quantity in messages
 * @param units the units, smallest first
 * @param of makes a quantity from a number of the smallest unit
 * @param count converts a quantity to a number of the smallest unit
 * @param <T> the kind of quantity
 */
record Notation<T>(String noun, List<Unit> units, Function<Long, T> of, Function<T, Long> count) {
    static final Notation<Integer> WHOLE_NUMBER =
            new Notation<>("a whole number", List.of(new Unit("", 1)), Math::toIntExact, Integer::longValue);

    static final Notation<Duration> DURATION = new Notation<>(
            "a duration",
            List.of(
                    new Unit("ms", 1),
                    new Unit("s", 1_000),
                    new Unit("m", 60_000),
                    new Unit("h", 3_600_000),
                    new Unit("d", 86_400_000)),
            Duration::ofMillis,
            Duration::toMillis);

    static final Notation<Integer> SIZE = new Notation<>(
            "a size",
            List.of(new Unit("", 1), new Unit("KiB", 1 << 10), new Unit("MiB", 1 << 20), new Unit("GiB", 1 << 30)),
            Math::toIntExact,
            Integer::longValue);

    static final Notation<Long> LARGE_SIZE = new Notation<>(SIZE.noun, SIZE.units, number -> number, size -> size);

    // Leading zeros are refused: in YAML 1.1 they mean an octal number.
    private static final Pattern QUANTITY = Pattern.compile("(0|[1-9][0-9]{0,17})([A-Za-z]*)");

    record Unit(String sign, long factor) {}

    Optional<T> read(String text) {
        Matcher quantity = QUANTITY.matcher(text);
        if (!quantity.matches()) {
            return Optional.empty();
        }
        long number = Long.parseLong(quantity.group(1));
        return units.stream()
                .filter(unit -> unit.sign.equals(quantity.group(2)))
                .findFirst()
                .flatMap(unit -> multiply(number, unit));
    }

    private Optional<T> multiply(long number, Unit unit) {
        try {
            return Optional.of(of.apply(Math.multiplyExact(number, unit.factor)));
        } catch (ArithmeticException tooLarge) {
            return Optional.empty();
        }
    }

    String write(T quantity) {
        long number = count.apply(quantity);
        Unit largest = units.get(0);
        for (Unit unit : units) {
            if (number != 0 && number % unit.factor == 0) {
                largest = unit;
            }
        }
        return number / largest.factor + largest.sign;
    }
}
