package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Checks that the types, members and tests that the documents name are there under these names. */
class DocNamesTest {
    private static final Path DOCS = Path.of("src/docs");

    /** Names of other libraries and of the browser. */
    private static final Set<String> FOREIGN = Set.of(
            "BufferInternal",
            "ConnectionBase",
            "CountDownLatch",
            "EventSource",
            "Future",
            "Math",
            "Object",
            "ReentrantLock",
            "Thread");

    private static final Pattern CODE = Pattern.compile("`([^`\\n]+)`");
    private static final Pattern TEST = Pattern.compile("([A-Z]\\w*(?:Test|IT))(?:\\.([\\w…]+))?");
    private static final Pattern SHORT_TEST = Pattern.compile("…\\w+…?");
    private static final Pattern MEMBER = Pattern.compile("([A-Z]\\w*[a-z]\\w*)((?:\\.\\w+)+)");
    private static final Pattern TYPE = Pattern.compile("[A-Z][a-z0-9]+[A-Z]\\w*");

    private static final Map<String, List<Class<?>>> TYPES = new HashMap<>();
    private static final Map<String, String> TESTS = new HashMap<>();

    @BeforeAll
    static void readSources() throws Exception {
        Path main = Path.of("src/main/java");
        for (Path file : files(main, ".java")) {
            String name = main.relativize(file).toString().replace(".java", "").replace('/', '.');
            if (!name.endsWith("package-info")) {
                addType(Class.forName(name, false, DocNamesTest.class.getClassLoader()));
            }
        }
        for (Path directory :
                List.of(Path.of("src/test/java"), Path.of("src/browser/java"), Path.of("src/bench/java"))) {
            for (Path file : files(directory, ".java")) {
                TESTS.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
            }
        }
    }

    @Test
    void everyNamedMember_exists() throws IOException {
        List<String> missing = new ArrayList<>();
        for (Path doc : docs()) {
            Matcher code = CODE.matcher(Files.readString(doc));
            while (code.find()) {
                if (!exists(code.group(1))) {
                    missing.add("%s: %s".formatted(doc, code.group(1)));
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void everyNamedTest_exists() throws IOException {
        List<String> missing = new ArrayList<>();
        for (Path doc : docs()) {
            Matcher code = CODE.matcher(Files.readString(doc));
            String lastTest = "";
            while (code.find()) {
                Matcher test = TEST.matcher(code.group(1));
                if (test.matches()) {
                    lastTest = test.group(1);
                    if (!hasTest(lastTest, test.group(2) == null ? "" : test.group(2))) {
                        missing.add("%s: %s".formatted(doc, code.group(1)));
                    }
                } else if (SHORT_TEST.matcher(code.group(1)).matches() && !hasTest(lastTest, code.group(1))) {
                    missing.add("%s: %s of %s".formatted(doc, code.group(1), lastTest));
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    private static List<Path> docs() throws IOException {
        List<Path> docs = new ArrayList<>(files(DOCS.resolve("decisions"), ".md"));
        docs.addAll(List.of(
                DOCS.resolve("architecture.md"), DOCS.resolve("guarantees.md"), DOCS.resolve("performance.md")));
        return docs;
    }

    private static List<Path> files(Path directory, String ending) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(file -> file.toString().endsWith(ending)).toList();
        }
    }

    private static void addType(Class<?> type) {
        TYPES.computeIfAbsent(type.getSimpleName(), name -> new ArrayList<>()).add(type);
        for (Class<?> nested : type.getDeclaredClasses()) {
            addType(nested);
        }
    }

    private static boolean exists(String code) {
        Matcher member = MEMBER.matcher(code);
        if (TEST.matcher(code).matches()) {
            return true;
        }
        if (member.matches()) {
            List<String> path = List.of(member.group(2).substring(1).split("\\.", -1));
            return FOREIGN.contains(member.group(1))
                    || TYPES.getOrDefault(member.group(1), List.of()).stream().anyMatch(type -> has(type, path));
        }
        return !TYPE.matcher(code).matches()
                || FOREIGN.contains(code)
                || TYPES.containsKey(code)
                || TESTS.containsKey(code);
    }

    private static boolean has(Class<?> type, List<String> path) {
        String name = path.get(0);
        if (path.size() > 1) {
            List<String> rest = path.subList(1, path.size());
            return Arrays.stream(type.getDeclaredClasses())
                    .anyMatch(nested -> nested.getSimpleName().equals(name) && has(nested, rest));
        }
        return Stream.of(
                        Arrays.stream(type.getDeclaredMethods()).map(method -> method.getName()),
                        Arrays.stream(type.getDeclaredFields()).map(field -> field.getName()),
                        Arrays.stream(type.getDeclaredClasses()).map(nested -> nested.getSimpleName()))
                .flatMap(names -> names)
                .anyMatch(name::equals);
    }

    /** The dots of a shortened name stand for any part of it. */
    private static boolean hasTest(String test, String name) {
        String source = TESTS.get(test);
        return source != null
                && (name.isEmpty()
                        || Pattern.compile("\\b(?:void|ArchRule)\\s+" + name.replace("…", "\\w*") + "\\b")
                                .matcher(source)
                                .find());
    }
}
