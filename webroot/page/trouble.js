/** Says why there is no connection, and what to do. */

import { byId } from "./dom.js";
import { explain } from "./problem.js";

const SLOW_MS = 6_000;
const PATIENT_MS = 2_500;

export class Trouble {
  #panel = byId("trouble");
  #timer;

  constructor(onRetry) {
    this.#panel.querySelector("button").addEventListener("click", onRetry);
    addEventListener("offline", () => this.#offline());
  }

  /** @param asked true: the visitor has cut the connection, so there is nothing to say */
  state({ state, problem, retryAt }, { asked, nodeName }) {
    clearTimeout(this.#timer);
    if (state === "live" || asked) {
      this.#panel.hidden = true;
    } else if (state === "denied" || (state === "closed" && problem)) {
      const { title, why, todo } = explain(problem);
      this.#show(title, why, todo);
    } else if (!navigator.onLine) {
      this.#offline();
    } else if (state === "waiting") {
      this.#timer = setTimeout(() => this.#show(...waiting(problem, retryAt, nodeName)), PATIENT_MS);
    } else if (state === "connecting") {
      this.#timer = setTimeout(() => this.#show("Still no free connection",
        "Over HTTP/1.1 a browser opens six connections to one host. Other tabs may hold all of them.",
        "Close a tab of this host. Behind a proxy with HTTP/2 there is no such limit."), SLOW_MS);
    } else if (state === "stale") {
      this.#show("The connection is silent", "Three heartbeats are missing: the network has swallowed the connection.",
        "Nothing to do: the page opens another one, and catches up.");
    }
  }

  #offline() {
    this.#show("This device is offline", "The browser says that there is no network.",
      "Nothing to do: when the network is back, the page catches up. The bridge keeps the events.");
  }

  #show(title, why, todo) {
    Object.entries({ title, why, todo }).forEach(([field, words]) => {
      this.#panel.querySelector(`[data-field="${field}"]`).textContent = words;
    });
    this.#panel.hidden = false;
  }
}

function waiting(problem, retryAt, nodeName) {
  const wait = retryAt ? Math.max(1, Math.round((retryAt - Date.now()) / 1000)) : undefined;
  const todo = problem?.status === 429 ? "Close other tabs of this page, or wait" : "Nothing to do";
  const { title, why } = problem?.status ? explain(problem)
    : problem?.type ? { title: problem.title, why: "The bridge has ended the stream." }
      : { ...explain(), title: `No answer from ${nodeName ?? "the bridge"}` };
  return [title, why, `${todo}: the page tries again${wait ? ` in about ${wait} s` : ""}, and then catches up.`];
}
