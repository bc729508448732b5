// A program that is only compiled: what is right must pass, and each line after "@ts-expect-error" must be refused.

import { BridgeError, SseBridge, type BridgeEvent, type Receipt } from "../sse-bridge.js";

interface Goal {
  player: string;
  minute: number;
}

const bridge = new SseBridge({ url: "/", channels: new Set(["news"]), last: 20, shared: "alice", token: async () => undefined });

bridge.channel("scores").on<Goal>("goal", ({ data, time, sequence }) => {
  const words: string = `${data.player} ${time.toISOString()} ${sequence + data.minute}`;
  // @ts-expect-error A goal has no team.
  return words + data.team;
});
bridge.on("event", (event: BridgeEvent<unknown>) => {
  // @ts-expect-error The data of an event can be anything.
  event.data.text;
});
bridge.on("state", ({ state, retryAt, problem }) => {
  // @ts-expect-error There is no such state.
  const isOpen = state === "open";
  return isOpen ? retryAt?.toFixed() : problem?.title;
});
bridge.on("caughtup", ({ events, awayMillis }) => events + awayMillis);
bridge.on("reset", ({ channels, reason }) => {
  const known: "expired" | "lost" | "unknown-id" = reason;
  return channels.concat(known);
});
// @ts-expect-error There is no such event of the bridge.
bridge.on("message", () => {});
// @ts-expect-error The way of the token is "cookie" or "header".
new SseBridge({ carrier: "query" });

const off: () => void = bridge.on("end", ({ channel }) => channel.length);
off();

async function publish(): Promise<Receipt> {
  await bridge.add("rooms.1", { since: new Date() });
  try {
    return await bridge.publish("rooms.1", { text: "Hi" }, { event: "say", key: "1", timeoutMillis: 1_000, retries: 1, to: { role: "admin" } });
  } catch (error) {
    if (error instanceof BridgeError && error.status === 403) {
      throw new Error(error.problem.detail);
    }
    // @ts-expect-error The options of a publish have no such name.
    return bridge.publish("rooms.1", "Hi", { name: "say" });
  }
}
publish().then(({ sequence }) => bridge.reconnect({ afterMillis: sequence }));
