/** A clock whose producer ticks only while somebody looks. */

import { chips, h, statusNote } from "../dom.js";
import { reason } from "../problem.js";

const ZONES = { "UTC": "UTC", "Asia/Tokyo": "Tokyo", "America/New_York": "New York" };

export const id = "clock";
export const title = "Clock";
export const demoOnly = true;

export const how = (root, path) => ({
  page: `const clock = new EventSource("${path}stream/clocks.UTC");
clock.onmessage = ({ data }) =>
  face.textContent = JSON.parse(data).time;

// Nobody looks: no ticks are made
addEventListener("pagehide", () => clock.close());`,
  curl: `# While this runs, the producer ticks
curl -N '${root}stream/clocks.UTC'

# Which clocks tick now
curl '${root}demo'`,
  vertx: `// The bridge says when a channel gets its first subscriber,
// and when it has lost the last one
vertx.eventBus().<JsonObject>consumer("sse.lifecycle", m -> {
  String channel = m.body().getString("channel");
  switch (m.body().getString("type")) {
    case "channel-active" -> startTicking(channel);
    case "channel-idle" -> stopTicking(channel);
    default -> { }
  }
});`,
  note: "The first subscriber in the whole cluster starts the producer; the last one that leaves stops it.",
});

export class Scene {
  element;
  #context;
  #face = h("p", { class: "face num", role: "timer", "aria-live": "off" }, "––:––:––");
  #date = h("p", { class: "note" });
  #hands = h("ol", { class: "ticks", "aria-hidden": "true" }, Array.from({ length: 60 }, () => h("li")));
  #running = statusNote();
  #zone = "UTC";
  #subscribed;
  #shown = false;

  constructor(context) {
    this.#context = context;
    this.element = h("div", { class: "stack" },
      chips("Time zone", "zone", ZONES, this.#zone, (zone) => {
        this.#zone = zone;
        this.#look();
      }),
      h("div", { class: "clock" }, this.#face, this.#date, this.#hands), this.#running);
    context.nodes.addEventListener("told", () => this.#tellRunning());
    document.addEventListener("visibilitychange", () => this.#look());
  }

  show() {
    this.#shown = true;
    this.#look();
  }

  hide() {
    this.#shown = false;
    this.#look();
  }

  event({ channel, data }) {
    if (channel !== this.#subscribed) {
      return;
    }
    const told = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})/.exec(String(data?.time ?? data));
    if (told) {
      this.#face.textContent = told[2];
      this.#date.textContent = `${told[1]}, told by the server`;
      const second = Number(told[2].slice(6));
      [...this.#hands.children].forEach((tick, index) => tick.toggleAttribute("data-on", index <= second));
    }
  }

  async #look() {
    const wanted = this.#shown && !document.hidden ? `clocks.${this.#zone}` : undefined;
    const { bridge } = this.#context.link;
    const before = this.#subscribed;
    if (wanted === before) {
      return;
    }
    this.#subscribed = wanted;
    try {
      if (before) {
        await bridge.remove(before);
        this.#context.ledger.forget(before);
      }
      if (wanted) {
        await bridge.add(wanted);
      }
    } catch (trouble) {
      this.#running.textContent = reason(trouble);
    }
    this.#context.nodes.refresh();
  }

  #tellRunning() {
    const clocks = this.#context.nodes.told.clocks ?? [];
    this.#running.textContent = clocks.length
      ? `Producers that tick now: ${clocks.join(", ")}. Go to another tab, and this one stops.`
      : "No producer ticks.";
  }
}
