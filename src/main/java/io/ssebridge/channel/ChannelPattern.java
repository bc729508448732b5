package io.ssebridge.channel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A pattern of channel names or bus addresses: literal segments, <code>{variable}</code> for one whole segment,
 * {@code *} for one whole segment, and as the last segment {@code **} for one or more. Immutable.
 *
 * <p>Rules bind their variables from the name; in grants the only variable is <code>{sub}</code>, the token's subject.
 */
public final class ChannelPattern {
    /** The variable that stands for the subject of a token. */
    public static final String SUBJECT = "sub";

    private static final String ONE = "*";
    private static final String REST = "**";

    private final String text;
    private final List<String> segments;
    // For each segment the name of its variable, if it is one.
    private final @Nullable String[] variableAt;
    private final Set<String> variables;
    private final boolean wildcard;
    private final boolean open;

    private ChannelPattern(String text) {
        Segments.check("pattern", text);
        this.text = text;
        this.segments = Segments.split(text);
        this.open = segments.get(segments.size() - 1).equals(REST);
        this.variableAt = new @Nullable String[segments.size()];
        Set<String> names = new LinkedHashSet<>();
        boolean anyWildcard = false;
        for (int i = 0; i < segments.size(); i++) {
            String segment = segments.get(i);
            String variable = variable(segment);
            variableAt[i] = variable;
            if (variable != null) {
                if (!names.add(variable)) {
                    throw malformed("names {" + variable + "} twice");
                }
            } else if (segment.equals(ONE) || segment.equals(REST) && i == segments.size() - 1) {
                anyWildcard = true;
            } else if (segment.chars().anyMatch(c -> Segments.isPatternSyntax((char) c))) {
                throw malformed("has the segment \"" + segment
                        + "\" (expected: a literal, {variable} or * as a whole segment, ** as the last one)");
            }
        }
        this.variables = Set.copyOf(names);
        this.wildcard = anyWildcard;
    }

    /**
     * Reads a pattern.
     *
     * @param text for example <code>users.{sub}.**</code>
     * @throws IllegalArgumentException if it is malformed; the message says where
     */
    public static ChannelPattern of(String text) {
        return new ChannelPattern(text);
    }

    /** The names of the variables. */
    public Set<String> variables() {
        return variables;
    }

    /** Whether {@code *} or {@code **} occurs, so that a match does not tell the whole name. */
    public boolean hasWildcard() {
        return wildcard;
    }

    /** Whether the pattern matches one name only. */
    public boolean isLiteral() {
        return !wildcard && variables.isEmpty();
    }

    /**
     * Matches a name, every variable standing for any one segment.
     *
     * @param name the name
     */
    public boolean matches(ChannelName name) {
        return matches(name.value(), null);
    }

    /**
     * Matches a name, <code>{sub}</code> standing for exactly this subject. A subject that is no segment matches
     * nothing there: compared as text, never parsed.
     *
     * @param name the name
     * @param subject the token's subject
     */
    public boolean matches(ChannelName name, String subject) {
        return matches(name.value(), subject);
    }

    // Along the text, without cutting it: every event is looked at by the rules several times.
    private boolean matches(String name, @Nullable String subject) {
        int fixed = open ? segments.size() - 1 : segments.size();
        int start = 0;
        for (int i = 0; i < fixed; i++) {
            if (start > name.length()) {
                return false;
            }
            int dot = name.indexOf('.', start);
            int end = dot < 0 ? name.length() : dot;
            if (!matches(i, name, start, end, subject)) {
                return false;
            }
            start = end + 1;
        }
        return open == start <= name.length();
    }

    private boolean matches(int index, String name, int start, int end, @Nullable String subject) {
        String variable = variableAt[index];
        if (variable != null) {
            return subject == null || !variable.equals(SUBJECT) || is(subject, name, start, end);
        }
        String segment = segments.get(index);
        return segment.equals(ONE) || is(segment, name, start, end);
    }

    private static boolean is(String text, String name, int start, int end) {
        return text.length() == end - start && name.startsWith(text, start);
    }

    /**
     * The values that a name gives to the variables.
     *
     * @param name a name that this pattern matches
     * @throws IllegalArgumentException if it does not match
     */
    public Map<String, String> bind(ChannelName name) {
        List<String> parts = name.segments();
        if (!matches(name)) {
            throw new IllegalArgumentException("%s does not match %s".formatted(name, text));
        }
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < segments.size(); i++) {
            String variable = variableAt[i];
            if (variable != null) {
                values.put(variable, parts.get(i));
            }
        }
        return values;
    }

    /**
     * The pattern with its variables replaced.
     *
     * @param values a value for each variable
     * @throws IllegalArgumentException if one is missing, or a wildcard stands in the way
     */
    public String fill(Map<String, String> values) {
        List<String> parts = new ArrayList<>(segments.size());
        for (String segment : segments) {
            String variable = variable(segment);
            String value = variable == null ? segment : values.get(variable);
            if (wildcard || value == null) {
                throw new IllegalArgumentException("%s cannot be filled from %s".formatted(text, values));
            }
            parts.add(value);
        }
        return String.join(".", parts);
    }

    /** The variable that is the first segment, or null if that is none. */
    @Nullable
    String leadingVariable() {
        return variableAt[0];
    }

    /** Where in a name that this pattern matches the value of one of its variables begins. */
    int start(ChannelName name, String variable) {
        int start = 0;
        for (int i = 0; !variable.equals(variableAt[i]); i++) {
            start = name.value().indexOf('.', start) + 1;
        }
        return start;
    }

    /** Whether some name could match both patterns. */
    boolean overlaps(ChannelPattern other) {
        int shared = Math.min(segments.size(), other.segments.size());
        for (int i = 0; i < shared; i++) {
            String mine = segments.get(i);
            String theirs = other.segments.get(i);
            if (mine.equals(REST) || theirs.equals(REST)) {
                return true;
            }
            if (literal(mine) && literal(theirs) && !mine.equals(theirs)) {
                return false;
            }
        }
        return segments.size() == other.segments.size();
    }

    private static boolean literal(String segment) {
        return !segment.equals(ONE) && variable(segment) == null;
    }

    /** The name between the braces, or null if the segment is no variable. */
    private static @Nullable String variable(String segment) {
        if (segment.length() < 3 || segment.charAt(0) != '{' || segment.charAt(segment.length() - 1) != '}') {
            return null;
        }
        String name = segment.substring(1, segment.length() - 1);
        return name.chars().anyMatch(c -> Segments.isPatternSyntax((char) c)) ? null : name;
    }

    private IllegalArgumentException malformed(String problem) {
        return new IllegalArgumentException("pattern \"%s\": %s".formatted(text, problem));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ChannelPattern pattern && pattern.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
