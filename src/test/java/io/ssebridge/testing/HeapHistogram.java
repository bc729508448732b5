package io.ssebridge.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The objects on the heap of a node after a full collection.
 *
 * @param text one line for each type
 */
public record HeapHistogram(String text) {
    /**
     * Takes it.
     *
     * @param node a node that runs
     */
    public static HeapHistogram of(TestNode node) {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        try {
            Process histogram = new ProcessBuilder(
                            jcmd.toString(), Long.toString(node.process().pid()), "GC.class_histogram")
                    .redirectErrorStream(true)
                    .start();
            String text = new String(histogram.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!text.contains("io.ssebridge.hub.Hubs")) {
                throw new AssertionError("this is not a histogram of a node: " + text);
            }
            return new HeapHistogram(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // Of a type with another name by now there would never be an instance.
    private static void assertExists(String type) {
        try {
            Class<?> unused = Class.forName("io.ssebridge." + type, false, HeapHistogram.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new AssertionError("no such type: " + type, e);
        }
    }

    /**
     * The lines of some types.
     *
     * @param types their names, without {@code io.ssebridge.}
     * @return the lines; empty: there are none of them
     */
    public String instances(List<String> types) {
        types.forEach(HeapHistogram::assertExists);
        return text.lines()
                .map(String::stripTrailing)
                .filter(line -> types.stream().anyMatch(type -> line.endsWith(" io.ssebridge." + type)))
                .collect(Collectors.joining("\n"));
    }
}
