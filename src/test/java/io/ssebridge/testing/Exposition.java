package io.ssebridge.testing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a node tells Prometheus, in its <a
 * href="https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format">text format</a>.
 *
 * @param types the type of each metric, by its name
 * @param samples all numbers
 */
public record Exposition(Map<String, String> types, List<Sample> samples) {
    private static final Pattern TYPE = Pattern.compile("# TYPE (\\S+) (\\S+)");
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    /** One number. */
    public record Sample(String name, Map<String, String> labels, double value) {}

    /** Reads the text that a node serves. */
    public static Exposition of(String text) {
        Map<String, String> types = new LinkedHashMap<>();
        List<Sample> samples = new ArrayList<>();
        text.lines().forEach(line -> {
            Matcher type = TYPE.matcher(line);
            Matcher sample = SAMPLE.matcher(line);
            if (type.matches()) {
                types.put(type.group(1), type.group(2));
            } else if (sample.matches()) {
                samples.add(new Sample(sample.group(1), labels(sample.group(2)), Double.parseDouble(sample.group(3))));
            } else if (!line.startsWith("#") && !line.isBlank()) {
                throw new AssertionError("not a line of Prometheus: " + line);
            }
        });
        return new Exposition(types, samples);
    }

    private static Map<String, String> labels(String text) {
        Map<String, String> labels = new LinkedHashMap<>();
        if (text != null) {
            LABEL.matcher(text).results().forEach(label -> labels.put(label.group(1), label.group(2)));
        }
        return labels;
    }

    /** Returns the names of the labels of a metric, in the order of the alphabet, without the bounds of its buckets. */
    public Set<String> labelsOf(String metric) {
        Set<String> names = new TreeSet<>();
        samples.stream()
                .filter(sample -> sample.name().equals(metric) || sample.name().equals(metric + "_count"))
                .forEach(sample -> names.addAll(sample.labels().keySet()));
        return names;
    }

    /** Returns the sum of the numbers of a sample with some labels. */
    public double sum(String sample, Map<String, String> labels) {
        return samples.stream()
                .filter(each ->
                        each.name().equals(sample) && each.labels().entrySet().containsAll(labels.entrySet()))
                .mapToDouble(Sample::value)
                .sum();
    }

    /** Tells whether there is a number of this name with this label, and with this value of it. */
    public boolean has(String sample, String label, String value) {
        return samples.stream()
                .anyMatch(each ->
                        each.name().equals(sample) && value.equals(each.labels().get(label)));
    }
}
