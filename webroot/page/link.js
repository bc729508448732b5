/** This page's connection: the client module, and what the demo adds to it (nodes by name, other nodes by port). */

import { SseBridge } from "../sse-bridge.js";
import { base, baseOf, post } from "./demo-api.js";
import { brief } from "./dom.js";

const AFTER_DEATH_MS = 300;

/**
 * Events: "state" with {state, node, …}; "away" when the connection has ended. The events of the bridge come by `bridge.on`.
 */
export class Link extends EventTarget {
  bridge;
  #nodes;
  #url = base;
  #change = { state: "connecting", leader: true };
  #asked = false;
  #wasLive = false;
  #moving = false;
  #keep;
  // The addresses that have not answered since the stream was live.
  #tried = new Set();

  /** @param shared whether to use one connection for several tabs */
  constructor({ me, nodes, channels, keep, shared }) {
    super();
    this.#nodes = nodes;
    this.#keep = keep;
    // By cookie: it is the same for all tabs and nodes, and another name is another cookie.
    this.bridge = new SseBridge({
      url: base.href, channels, last: 20, token: () => me.token(), carrier: "cookie", shared: shared && "demo",
    });
    this.bridge.on("state", (change) => this.#changed(change));
    nodes.addEventListener("change", () => this.#goOnElsewhere());
  }

  get state() {
    return this.#change;
  }

  /** The node that serves the stream, or the last one that did. */
  get node() {
    return this.#nodes.byId(this.#change.node ?? this.#lastNode);
  }

  #lastNode;

  /** Whether this page itself has ended the connection. */
  get asked() {
    return this.#asked;
  }

  /** The base of the node to ask: the one of the stream, if it lives. */
  base() {
    const node = this.node;
    return node?.alive ? baseOf(node) : base;
  }

  cut(millis) {
    this.#asked = true;
    this.bridge.reconnect({ afterMillis: millis });
  }

  moveTo(node) {
    this.#asked = true;
    this.#url = baseOf(node);
    this.bridge.reconnect({ url: this.#url.href });
  }

  /** The node was killed: go on at another one, as a proxy would have it. */
  died(node) {
    this.#tried.add(baseOf(node).href);
    this.#nodes.lost(node.id, true);
    setTimeout(() => this.#nodes.refresh(), AFTER_DEATH_MS);
  }

  retry() {
    this.bridge.reconnect();
  }

  /** In a tab that does not lead, the bridge may not know that the stream has moved to another node. */
  publish(channel, data, options) {
    return this.#change.leader === false
      ? post(`publish/${encodeURIComponent(channel)}`, { data, ...options }, this.base())
      : this.bridge.publish(channel, data, options);
  }

  kept(count) {
    if (this.#change.state !== "live") {
      this.#keep(Math.round(count));
    }
  }

  #changed(change) {
    this.#change = change;
    if (change.state === "live") {
      this.#wasLive = true;
      this.#asked = false;
      this.#moving = false;
      this.#tried.clear();
      this.#lastNode = change.node ?? this.#lastNode;
      if (change.node && !this.#nodes.byId(change.node)) {
        this.#nodes.refresh();
      }
    } else if (this.#wasLive) {
      this.#wasLive = false;
      this.dispatchEvent(new Event("away"));
    }
    if (change.problem) {
      // Not what the visitor asked for.
      this.#asked = false;
    }
    this.dispatchEvent(new CustomEvent("state", { detail: change }));
    if (change.leader && change.state === "waiting" && change.problem?.status === 0 && navigator.onLine) {
      this.#noAnswer();
    }
  }

  #noAnswer() {
    this.#moving = false;
    this.#tried.add(this.#url.href);
    const here = this.#nodes.all.find(({ port }) => String(port) === this.#url.port);
    if (here) {
      this.#nodes.lost(here.id);
    }
    this.#goOnElsewhere();
    this.#nodes.refresh();
  }

  // A page without a proxy in front of the nodes must find the next node itself. With a proxy, its own address is one.
  #goOnElsewhere() {
    const { leader, state } = this.#change;
    if (!leader || state === "live" || this.#asked || this.#moving || !this.#tried.has(this.#url.href)) {
      return;
    }
    const next = [base, ...this.#nodes.live().map(baseOf)].find(({ href }) => !this.#tried.has(href));
    if (next) {
      this.#moving = true;
      this.#url = next;
      this.bridge.reconnect({ url: next.href });
    } else {
      // The bridge tries this address again by itself.
      this.#tried.clear();
    }
  }
}

/** The words for a state, for the pill at the top. */
export function stateWords({ state, retryAt, problem }, label) {
  switch (state) {
    case "live":
      return label ? `Live on node ${label}` : "Live";
    case "waiting":
      return retryAt && retryAt > Date.now() ? `Back in ${Math.ceil((retryAt - Date.now()) / 1000)} s` : "Reconnecting";
    case "stale":
      return "Silent: reconnecting";
    case "denied":
      return `Refused: ${brief(problem?.title, 40)}`;
    case "closed":
      return "Closed";
    default:
      return "Connecting";
  }
}
