package io.ssebridge.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The metrics and labels that a query of Prometheus uses. It understands as much of the language as our queries need.
 *
 * @param selections the metrics, each with the conditions on its labels
 * @param groupings the labels in {@code by (…)} and {@code label_values(…, label)}
 */
public record PromQl(List<Selection> selections, Set<String> groupings) {
    private static final Pattern VALUES = Pattern.compile("label_values\\((.*), *([a-zA-Z_]+)\\)");
    private static final Pattern GROUPING = Pattern.compile("\\b(?:by|without|on|ignoring) *\\(([^)]*)\\)");
    private static final Pattern RANGE = Pattern.compile("\\[[^]]*]");
    private static final Pattern SELECTION =
            Pattern.compile("\\b([a-zA-Z_:][a-zA-Z0-9_:]*)\\b(?! *\\()(?:\\{([^}]*)})?");
    private static final Pattern CONDITION = Pattern.compile("([a-zA-Z_]+) *(=~|!~|!=|=) *\"([^\"]*)\"");
    private static final Set<String> WORDS = Set.of("and", "or", "unless", "bool", "offset");

    /** One metric in a query. */
    public record Selection(String metric, List<Condition> conditions) {}

    /** A condition on a label. */
    public record Condition(String label, String operator, String value) {}

    /** Reads a query. */
    public static PromQl of(String query) {
        Set<String> groupings = new LinkedHashSet<>();
        Matcher values = VALUES.matcher(query);
        String rest = query;
        if (values.matches()) {
            groupings.add(values.group(2));
            rest = values.group(1);
        }
        Matcher grouping = GROUPING.matcher(rest);
        while (grouping.find()) {
            Arrays.stream(grouping.group(1).split(",")).map(String::strip).forEach(groupings::add);
        }
        rest = RANGE.matcher(GROUPING.matcher(rest).replaceAll("")).replaceAll("");
        List<Selection> selections = new ArrayList<>();
        Matcher selection = SELECTION.matcher(rest);
        while (selection.find()) {
            if (!WORDS.contains(selection.group(1))) {
                List<Condition> conditions = new ArrayList<>();
                if (selection.group(2) != null) {
                    CONDITION
                            .matcher(selection.group(2))
                            .results()
                            .forEach(
                                    each -> conditions.add(new Condition(each.group(1), each.group(2), each.group(3))));
                }
                selections.add(new Selection(selection.group(1), conditions));
            }
        }
        return new PromQl(selections, groupings);
    }
}
