import { onScopeDispose, shallowRef, toValue, watchEffect } from "vue";
import { SseBridge } from "sse-bridge";

/** Returns the newest events of a channel, oldest first, and the state of the connection. */
export function useChannel(channel, { limit = 100, ...options } = {}) {
  const events = shallowRef([]);
  const state = shallowRef({ state: "connecting" });
  let bridge;
  watchEffect(() => {
    bridge?.close();
    events.value = [];
    bridge = new SseBridge({ last: limit, shared: true, ...options, channels: [toValue(channel)] });
    bridge.on("event", (event) => (events.value = [...events.value, event].slice(-limit)));
    bridge.on("reset", () => (events.value = []));
    bridge.on("state", (now) => (state.value = now));
  });
  onScopeDispose(() => bridge.close());
  return { events, state };
}
