/** The buttons that try to break it. */

import { baseOf, post } from "./demo-api.js";
import { byId } from "./dom.js";

const AWAY_MS = 5_000;
const SAID_WHILE_AWAY = 5;
const SECOND_NODE = "There is one node. Start another: SSE_HTTP_PORT=8090 java -jar target/sse-bridge.jar";

export class Breakers {
  #link;
  #nodes;
  #note = byId("breakers-note");
  #buttons = Object.fromEntries(["cut", "flood", "move", "kill"].map((id) => [id, byId(id)]));
  #busy = false;

  constructor({ link, nodes }) {
    this.#link = link;
    this.#nodes = nodes;
    this.#on("cut", () => this.#cut());
    this.#on("flood", () => this.#flood());
    this.#on("move", () => this.#move());
    this.#on("kill", () => this.#kill());
    nodes.addEventListener("change", () => this.update());
  }

  update() {
    const demo = this.#nodes.demo;
    const other = this.#others().length > 0;
    this.#buttons.flood.hidden = this.#buttons.move.hidden = this.#buttons.kill.hidden = !demo;
    for (const [id, button] of Object.entries(this.#buttons)) {
      button.disabled = this.#busy || ((id === "move" || id === "kill") && !other);
    }
    if (demo && !other && !this.#busy) {
      this.say(SECOND_NODE);
    } else if (this.#note.textContent === SECOND_NODE) {
      this.say("");
    }
  }

  say(words) {
    this.#note.textContent = words;
  }

  #others() {
    return this.#nodes.live().filter(({ id }) => id !== this.#link.node?.id);
  }

  #on(id, act) {
    this.#buttons[id].addEventListener("click", async () => {
      try {
        await act();
      } catch (trouble) {
        this.say(trouble.message);
      }
    });
  }

  #away(button) {
    this.#busy = true;
    this.update();
    button.dataset.running = "";
    setTimeout(() => {
      this.#busy = false;
      delete button.dataset.running;
      this.update();
    }, AWAY_MS);
  }

  // Events are published while the page is away, so that there is something to catch up with.
  async #cut() {
    this.#away(this.#buttons.cut);
    this.say("The connection is closed. The cluster keeps what comes meanwhile.");
    this.#link.cut(AWAY_MS);
    for (let n = 1; n <= SAID_WHILE_AWAY; n++) {
      await new Promise((done) => setTimeout(done, AWAY_MS / (SAID_WHILE_AWAY + 2)));
      await this.#link.publish("sse", `Published while you were cut: ${n} of ${SAID_WHILE_AWAY}`).catch(() => {});
      this.#link.kept(n);
    }
  }

  async #flood() {
    this.#away(this.#buttons.flood);
    this.#link.cut(AWAY_MS);
    const { events } = await post("demo/flood", { channel: "activity", events: 1_000 }, this.#link.base());
    this.say(`${events.toLocaleString("en")} events come, and this page has no connection.`);
    for (let step = 1; step <= 10; step++) {
      setTimeout(() => this.#link.kept((events * step) / 10), step * 150);
    }
  }

  #move() {
    const others = this.#others();
    const names = others.map(({ name }) => name);
    const next = others[names.findIndex((name) => name > (this.#link.node?.name ?? ""))] ?? others[0];
    this.say(`Moving to node ${next.name}.`);
    this.#link.moveTo(next);
  }

  async #kill() {
    const node = this.#link.node;
    if (!node) {
      return;
    }
    await post("demo/stop", undefined, baseOf(node)).catch((trouble) => {
      // It may be dead before it has answered.
      if (trouble.status !== 0) {
        throw trouble;
      }
    });
    this.say(`Node ${node.name} is dead: no goodbye, as with kill -9.`);
    this.#link.died(node);
  }
}
