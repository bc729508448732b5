package io.ssebridge.channel;

import io.vertx.core.json.JsonArray;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rules in their order. The first rule with a pattern that matches a channel applies to it.
 *
 * <p>A node has one object, and replaces all its rules at once when its configuration changes. A request uses a {@link
 * #snapshot}. Any thread.
 */
public final class ChannelRules {
    private volatile State state;

    /**
     * The rules at one time.
     *
     * @param now the rules
     * @param before those that were replaced; channels of vanished rules are in use for a moment
     */
    private record State(RuleSet now, RuleSet before) {}

    /**
     * Creates the rules.
     *
     * @param rules the rules, in order
     * @throws IllegalArgumentException if two rules could feed different channels from one address; if a rule with {@code
     *     presenceOf} does not fit the others; or if the address of a service feeds a channel
     */
    public ChannelRules(List<ChannelRule> rules) {
        this(new RuleSet(rules));
    }

    private ChannelRules(RuleSet set) {
        this.state = new State(set, set);
    }

    /** Returns these rules in an object of their own. */
    public ChannelRules snapshot() {
        return new ChannelRules(state.now);
    }

    /**
     * Returns whether no rules have been replaced since a snapshot was made.
     *
     * @param snapshot of these rules
     */
    public boolean isUnchangedSince(ChannelRules snapshot) {
        return state.now == snapshot.state.now;
    }

    /** Returns whether these rules are not the first ones. */
    public boolean haveBeenReplaced() {
        State both = state;
        return both.now != both.before;
    }

    /**
     * Replaces all rules.
     *
     * @param others the new rules; they are checked already
     */
    public void replace(ChannelRules others) {
        state = new State(others.state.now, state.now);
    }

    /**
     * Returns the rule that applies to a channel. HTTP and the event bus both look up rules here, so that neither can
     * reach a reserved address.
     *
     * @param name the channel
     * @throws IllegalArgumentException if a reserved address, or that of a service, would feed the channel; the message
     *     names the address
     */
    public Optional<ChannelRule> find(ChannelName name) {
        return state.now.find(name);
    }

    /**
     * Returns the rule of a channel that may be in use still: if its rule has just vanished, this rule.
     *
     * @param name the channel
     * @throws IllegalArgumentException as {@link #find}
     */
    public Optional<ChannelRule> findInUse(ChannelName name) {
        State both = state;
        Optional<ChannelRule> found = both.now.find(name);
        return found.isPresent() ? found : both.before.find(name);
    }

    /**
     * Returns the rule of a channel that was found with earlier rules.
     *
     * @param name the channel
     * @return empty if it has no rule now, or must not be used any more
     */
    public Optional<ChannelRule> findNow(ChannelName name) {
        try {
            return find(name);
        } catch (IllegalArgumentException refused) {
            return Optional.empty();
        }
    }

    /**
     * Refuses a channel that a reserved address, or that of a service, would feed, as {@link #find} does.
     *
     * @param name the channel
     * @throws IllegalArgumentException if it is refused; the message names the address
     */
    public void check(ChannelName name) {
        var unused = find(name);
    }

    /**
     * Returns how many events of a channel are retained, and for how long.
     *
     * @param name a channel that has a rule, or is in use still
     * @throws IllegalArgumentException if the channel has no rule, or a reserved address would feed it
     */
    public Retention retention(ChannelName name) {
        return findInUse(name)
                .map(ChannelRule::history)
                .orElseThrow(() -> new IllegalArgumentException("channel \"%s\": no rule".formatted(name)));
    }

    /**
     * Returns whether the events of a channel are the arrivals and departures of members, so that only the bridge publishes
     * them.
     *
     * @param name the channel
     */
    public boolean isOfPresence(ChannelName name) {
        return state.now.isOfPresence(name);
    }

    /**
     * Returns the channels on which the arrivals and departures of a channel's members are published.
     *
     * @param name the channel with the members
     */
    public List<ChannelName> presenceChannels(ChannelName name) {
        return state.now.presenceChannels(name);
    }

    /** Returns whether the data of some channels is made for each reader. */
    public boolean arePersonalized() {
        State both = state;
        return both.now.isPersonalized() || both.before.isPersonalized();
    }

    /** Returns whether some channels have metrics of their own. */
    public boolean areMeasured() {
        return state.now.isMeasured();
    }

    /** Returns all rules, in order. */
    public List<ChannelRule> all() {
        return state.now.all();
    }

    /**
     * Returns the rules as the list {@code channels} of the configuration.
     *
     * @throws IllegalStateException if the configuration cannot express a rule; see {@link ChannelRule#toJson}
     */
    public JsonArray toJson() {
        JsonArray json = new JsonArray();
        all().forEach(rule -> json.add(rule.toJson()));
        return json;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ChannelRules given && given.all().equals(all());
    }

    @Override
    public int hashCode() {
        return all().hashCode();
    }

    /** Shows the rules. */
    @Override
    public String toString() {
        return all().toString();
    }
}
