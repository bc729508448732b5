import { useEffect, useState } from "react";
import { SseBridge } from "sse-bridge";

/** Returns the newest events of a channel, oldest first, and the state of the connection. */
export function useChannel(channel, { limit = 100, ...options } = {}) {
  const [events, setEvents] = useState([]);
  const [state, setState] = useState({ state: "connecting" });
  useEffect(() => {
    const bridge = new SseBridge({ last: limit, shared: true, ...options, channels: [channel] });
    bridge.on("event", (event) => setEvents((before) => [...before, event].slice(-limit)));
    bridge.on("reset", () => setEvents([]));
    bridge.on("state", setState);
    return () => {
      bridge.close();
      setEvents([]);
    };
  }, [channel, limit]);
  return { events, state };
}
