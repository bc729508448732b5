/** Explains why a request was refused, and what to do: in the words of the bridge, or by the status if another program has answered. */

const BETWEEN = (status) => ({
  title: "The bridge does not answer", why: `A program in between answered ${status}.`, todo: "Try again in a while.",
});
const CAUSES = {
  0: { title: "No answer from the bridge", why: "The node has stopped, or the network is down.", todo: "Try again in a while." },
  401: { title: "Your session is over", why: "The bridge refuses its token.", todo: "Choose a name again: this makes a new session." },
  403: { title: "This is not allowed", why: "The token has no right to this channel.", todo: "Ask the operator for the right, or open another channel." },
  429: { title: "Too many from here", why: "The bridge takes no more requests from this address now.", todo: "Close other tabs of this page, or wait." },
  503: { title: "The node is busy", why: "It takes no more requests now.", todo: "Try again in a while." },
};
const MISSING = "Add a rule for this channel to the configuration of the bridge.";

/** @returns {title, why, todo} */
export function explain({ status = 0, title, detail } = {}) {
  const known = CAUSES[status] ?? BETWEEN(status);
  return detail ? { title, why: detail, todo: status === 404 ? MISSING : known.todo } : known;
}

/** The same in one line, for any failure. */
export function reason({ problem, message }) {
  const { title, why, todo } = explain(problem);
  return !problem ? message : problem.detail ? why[0].toUpperCase() + why.slice(1) : `${title}. ${todo}`;
}
