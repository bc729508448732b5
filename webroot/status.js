/** How the stream is doing, and how many events it has brought. */

const SHORT_NODE = 8;

const WORDS = {
  connecting: () => "Connecting",
  live: ({ node }) => (node ? `Live on ${node.slice(0, SHORT_NODE)}` : "Live"),
  reconnecting: () => "Reconnecting",
  stopped: ({ reason }) => (reason ? `Stopped: ${reason}` : "Stopped"),
};

export function status({ state, stateText, count, reconnect, counted, onReconnect }) {
  document.addEventListener("sse:state", ({ detail }) => {
    state.dataset.state = detail.state;
    state.title = detail.node ? `node ${detail.node}` : "";
    stateText.textContent = WORDS[detail.state](detail);
    reconnect.hidden = detail.state !== "stopped";
  });
  reconnect.addEventListener("click", onReconnect);

  let received = 0;
  for (const name of counted) {
    document.addEventListener(`sse:${name}`, () => {
      received++;
      count.textContent = String(received);
    });
  }
}
