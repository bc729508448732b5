package io.ssebridge.channel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A pattern for channel names or bus addresses. Immutable. A segment of a pattern is one of these: a literal text;
 * <code>{variable}</code> for one whole segment; {@code *} for one whole segment; as the last segment {@code **} for
 * one or more segments.
 *
 * <p>Rules take the values of their variables from the name. In grants the only variable is <code>{sub}</code>, the
 * subject of the token.
 */
public final class ChannelPattern {
    /** The variable for the subject of a token. */
    public static final String SUBJECT = "sub";

    private static final String ONE = "*";
    private static final String REST = "**";

    private final String text;
    private final List<String> segments;
    // The variable name of each segment; null for a segment that is not a variable.
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

    /** Returns the names of the variables. */
    public Set<String> variables() {
        return variables;
    }

    /**
     * Returns whether {@code *} or {@code **} occurs. Then the values of the variables do not determine the whole name.
     */
    public boolean hasWildcard() {
        return wildcard;
    }

    /** Returns whether the pattern matches one name only. */
    public boolean isLiteral() {
        return !wildcard && variables.isEmpty();
    }

    /**
     * Returns whether a name matches, where a variable stands for any one segment.
     *
     * @param name the name
     */
    public boolean matches(ChannelName name) {
        return matches(name.value(), null);
    }

    /**
     * Returns whether a name matches, where <code>{sub}</code> stands for exactly this subject. The subject is compared
     * as text and never parsed, so a subject that is not one segment never matches.
     *
     * @param name the name
     * @param subject the token's subject
     */
    public boolean matches(ChannelName name, String subject) {
        return matches(name.value(), subject);
    }

    // Compares the text in place instead of splitting it, because several rules match every event.
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
     * Returns the values of the variables in a name.
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
     * Returns the pattern with its variables replaced by values.
     *
     * @param values a value for each variable
     * @throws IllegalArgumentException if a value is missing, or the pattern has a wildcard
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

    /**
     * Returns the pattern with a subject in place of <code>{sub}</code>.
     *
     * @param subject a subject that is one segment of a name
     * @throws IllegalArgumentException if the subject cannot be a segment
     */
    public ChannelPattern withSubject(String subject) {
        if (!variables.contains(SUBJECT)) {
            return this;
        }
        if (!ChannelName.isSegment(subject)) {
            throw malformed("has {sub}, for which this subject cannot stand");
        }
        return of(segments.stream()
                .map(segment -> SUBJECT.equals(variable(segment)) ? subject : segment)
                .collect(Collectors.joining(".")));
    }

    /** Returns the variable that is the first segment, or null if the first segment is not a variable. */
    @Nullable
    String leadingVariable() {
        return variableAt[0];
    }

    /** Returns the index in a matching name at which the value of a variable begins. */
    int start(ChannelName name, String variable) {
        int start = 0;
        for (int i = 0; !variable.equals(variableAt[i]); i++) {
            start = name.value().indexOf('.', start) + 1;
        }
        return start;
    }

    /** Returns whether some name could match both patterns. */
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

    /** Returns whether this pattern matches every name that another one matches. */
    boolean covers(ChannelPattern other) {
        int fixed = open ? segments.size() - 1 : segments.size();
        if (other.segments.size() < segments.size() || !open && (other.open || other.segments.size() != fixed)) {
            return false;
        }
        for (int i = 0; i < fixed; i++) {
            String theirs = other.segments.get(i);
            if (theirs.equals(REST)
                    || literal(segments.get(i)) && !segments.get(i).equals(theirs)) {
                return false;
            }
        }
        return true;
    }

    private static boolean literal(String segment) {
        return !segment.equals(ONE) && variable(segment) == null;
    }

    /** Returns the name between the braces, or null if the segment is not a variable. */
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
