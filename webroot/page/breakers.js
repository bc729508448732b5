/** The buttons that try to break it. */

import { base, baseOf, post } from "./demo-api.js";
import { byId, h } from "./dom.js";
import { copyButton } from "./how.js";
import { reason } from "./problem.js";

const AWAY_MS = 5_000;
const SAID_WHILE_AWAY = 5;
const SEEN_MS = 400;
const TOO_MANY = 245;
const SAID_TO_OTHERS = 3;
const PORTS = ["8080", "8090"];

export class Breakers {
  #link;
  #nodes;
  #note = byId("breakers-note");
  #alone = byId("alone");
  #buttons = Object.fromEntries(["cut", "flood", "move", "stay", "kill"].map((id) => [id, byId(id)]));
  #busy = false;

  constructor({ link, nodes }) {
    this.#link = link;
    this.#nodes = nodes;
    const acts = {
      cut: () => this.#cut(), flood: () => this.#flood(), move: () => this.#move(), stay: () => this.#stay(), kill: () => this.#kill(),
    };
    for (const [id, act] of Object.entries(acts)) {
      this.#buttons[id].addEventListener("click", () => act().catch((trouble) => this.say(reason(trouble))));
    }
    // On a phone the buttons are folded away.
    const more = byId("more");
    more.addEventListener("click", () => {
      const open = byId("proof").classList.toggle("open");
      more.setAttribute("aria-expanded", open);
      more.textContent = open ? "Close" : "Break it";
    });
    nodes.addEventListener("change", () => this.update());
  }

  update() {
    const demo = this.#nodes.demo;
    const other = this.#others().length > 0;
    ["flood", "move", "stay", "kill"].forEach((id) => {
      this.#buttons[id].hidden = !demo;
    });
    for (const [id, button] of Object.entries(this.#buttons)) {
      button.disabled = this.#busy || ((id === "move" || id === "kill") && !other);
    }
    this.#alone.hidden = !demo || other;
    if (!this.#alone.hidden) {
      this.#tellHowToGoOn();
    }
  }

  // No node to move to, and none that would go on after this one.
  #tellHowToGoOn() {
    const gone = this.#nodes.all.find(({ alive }) => !alive);
    const port = gone?.port ?? PORTS.find((unused) => unused !== base.port);
    const command = `SSE_HTTP_PORT=${port} java -jar target/sse-bridge.jar`;
    if (this.#alone.querySelector("code")?.textContent !== command) {
      this.#alone.replaceChildren(
        gone ? `Node ${gone.name} is gone. Start it again, then kill this one too: ` : "There is one node. To kill it, start another: ",
        h("code", {}, command), " ", copyButton(() => command));
    }
  }

  say(words) {
    this.#note.textContent = words;
  }

  // Something to catch up with: the other nodes go on.
  #sayElsewhere(dead) {
    const other = this.#others().find(({ id }) => id !== dead.id);
    for (let n = 1; other && n <= SAID_TO_OTHERS; n++) {
      post("publish/sse", { data: `Published on node ${other.name} while node ${dead.name} was dead: ${n} of ${SAID_TO_OTHERS}` }, baseOf(other))
        .catch(() => {});
    }
  }

  #others() {
    return this.#nodes.live().filter(({ id }) => id !== this.#link.node?.id);
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

  // The channel "brief" keeps 50 events: what is older when the page comes back is told by a reset.
  async #stay() {
    this.#away(this.#buttons.stay);
    await this.#link.bridge.add("brief");
    await this.#link.publish("brief", "The last event before the page goes away");
    await new Promise((done) => setTimeout(done, SEEN_MS));
    this.#link.cut(AWAY_MS - SEEN_MS);
    await post("demo/flood", { channel: "brief", events: TOO_MANY }, this.#link.base());
    this.say(`${TOO_MANY} events come to a channel that keeps 50, and this page has no connection.`);
  }

  async #move() {
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
    this.#sayElsewhere(node);
  }
}
