/** The routes below /demo, which exist in demo mode only, and the nodes that they tell. */

import { reason } from "./problem.js";

export const base = new URL(".", document.baseURI);

/** The base of another node: the same host and path, another port. */
export function baseOf(node) {
  const url = new URL(base);
  url.port = node.port;
  return url;
}

/** Sends JSON and returns the JSON of the answer; a failure says why, and what to do. */
export function post(path, body, from = base) {
  return call(path, from, {
    method: "POST",
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

async function call(path, from, init) {
  const response = await fetch(new URL(path, from), { credentials: "include", ...init }).catch(() => undefined);
  const answer = await response?.json().catch(() => undefined);
  if (!response?.ok) {
    const problem = { ...answer, status: response?.status ?? 0 };
    throw Object.assign(new Error(reason({ problem })), { problem, status: problem.status });
  }
  return answer;
}

const POLL_MS = 2_000;

/** The nodes of the cluster as the demo tells them. A node that has gone stays in the list, as dead. */
export class Nodes extends EventTarget {
  all = [];
  demo = false;
  told = {};
  /** The node to ask first. */
  from = base;
  #asked = 0;
  #killed = new Set();

  /** Asks the node of the stream first, then the others, and says whether the demo exists. */
  async refresh() {
    const turn = ++this.#asked;
    const bases = [this.from, ...this.live().filter((node) => String(node.port) !== this.from.port).map(baseOf)];
    for (const from of bases) {
      try {
        const told = await call("demo", from, { signal: AbortSignal.timeout(1_500) });
        if (turn === this.#asked && Array.isArray(told?.nodes)) {
          this.demo = true;
          this.told = told;
          this.#merge(told.nodes);
          this.from = from;
        }
        return this.demo;
      } catch (trouble) {
        if (trouble.status === 404) {
          return this.demo;
        }
      }
    }
    return this.demo;
  }

  poll() {
    setInterval(() => {
      if (!document.hidden) {
        this.refresh();
      }
    }, POLL_MS);
  }

  live() {
    return this.all.filter((node) => node.alive);
  }

  byId(id) {
    return this.all.find((node) => node.id === id);
  }

  /** Its name and port. */
  label(id) {
    const node = this.byId(id);
    return node && `${node.name} :${node.port}`;
  }

  /** Marks a node as dead before the cluster has noticed. A node that was killed stays dead. */
  lost(id, killed = false) {
    if (killed) {
      this.#killed.add(id);
    }
    this.all = this.all.map((node) => (node.id === id ? { ...node, alive: false } : node));
    this.dispatchEvent(new Event("change"));
  }

  #merge(nodes) {
    const found = nodes.filter(({ id }) => !this.#killed.has(id)).map(({ id, name, port }) => ({ id, name: name ?? "?", port, alive: true }));
    // A node that was started again at the same port replaces the dead one.
    const gone = this.all
      .filter((old) => !found.some(({ id, port }) => id === old.id || port === old.port))
      .map((old) => ({ ...old, alive: false }));
    const next = [...found, ...gone].sort((one, other) => one.name.localeCompare(other.name) || one.port - other.port);
    const changed = JSON.stringify(next) !== JSON.stringify(this.all);
    this.all = next;
    if (changed) {
      this.dispatchEvent(new Event("change"));
    }
    this.dispatchEvent(new Event("told"));
  }
}
