/** Collects what a bridge says, and waits for it. */

import assert from "node:assert/strict";

const PATIENCE_MILLIS = 10_000;
const TYPES = ["event", "state", "caughtup", "reset", "heartbeat", "end"];

/** Waits until a condition holds. */
export async function until(condition, what, patienceMillis = PATIENCE_MILLIS) {
  const deadline = Date.now() + patienceMillis;
  for (;;) {
    const value = await condition();
    if (value) {
      return value;
    }
    assert.ok(Date.now() < deadline, `Not within ${patienceMillis} ms: ${typeof what === "function" ? what() : what}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

export class Probe {
  said = Object.fromEntries(TYPES.map((type) => [type, []]));

  constructor(bridge) {
    this.bridge = bridge;
    TYPES.forEach((type) => bridge.on(type, (detail) => this.said[type].push(detail)));
  }

  get data() {
    return this.said.event.map(({ data }) => data);
  }

  dataOf(channel) {
    return this.said.event.filter((event) => event.channel === channel).map(({ data }) => data);
  }

  state(name) {
    return until(() => this.bridge.state.state === name && this.bridge.state, () => `${name}, but ${JSON.stringify(this.bridge.state)}`);
  }

  /** Waits until exactly these data have come, in this order. */
  async exactly(...data) {
    await until(() => this.data.length >= data.length, () => `${data} in ${this.data}`);
    assert.deepEqual(this.data, data);
  }

  first(type) {
    return until(() => this.said[type][0], () => `${type} in ${JSON.stringify(this.said.state)}`);
  }
}

export function numbers(from, to) {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
