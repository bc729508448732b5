/** The numbers that prove it: what came, what was missed, what came twice, how fast, from which node. */

import { byId, h } from "./dom.js";
import { span } from "./time.js";

const KEPT_LATENCIES = 60;

export class Proof {
  #ledger;
  #latencies = [];
  #alive;
  #expires;
  #live = false;
  #scheduled = false;
  #rows = new Map();

  constructor(ledger) {
    this.#ledger = ledger;
    ledger.addEventListener("change", () => this.#schedule());
    byId("ledger").addEventListener("toggle", () => this.#drawLedger());
    setInterval(() => this.#tick(), 1_000);
  }

  event({ time, replayed }) {
    this.#alive = Date.now();
    if (!replayed) {
      this.#latencies.push(Math.max(0, Date.now() - time));
      this.#latencies.splice(0, this.#latencies.length - KEPT_LATENCIES);
    }
    this.#schedule();
  }

  beat() {
    this.#alive = Date.now();
    byId("heartbeat").querySelector(".pulse").animate?.(
      [{ boxShadow: "0 0 0 0 var(--bead)" }, { boxShadow: "0 0 0 12px transparent" }], 900);
    this.#tick();
  }

  state({ state, node, expires }) {
    byId("node").textContent = node ?? "none";
    this.#expires = expires;
    if (state === "live" && !this.#live) {
      this.#alive = Date.now();
    }
    this.#live = state === "live";
    this.#tick();
  }

  #schedule() {
    if (!this.#scheduled) {
      this.#scheduled = true;
      setTimeout(() => {
        this.#scheduled = false;
        this.#draw();
      }, 60);
    }
  }

  #draw() {
    for (const name of ["received", "missing", "duplicate", "expired"]) {
      const field = byId(name);
      field.textContent = this.#ledger[name].toLocaleString("en");
      field.parentElement.toggleAttribute("data-bad", this.#ledger[name] > 0);
      field.parentElement.hidden &&= this.#ledger[name] === 0;
    }
    if (this.#latencies.length) {
      const sorted = [...this.#latencies].sort((one, other) => one - other);
      byId("latency").textContent = `${Math.round(sorted[sorted.length >> 1])} ms`;
    }
    this.#drawLedger();
  }

  #drawLedger() {
    const details = byId("ledger");
    if (!details.open) {
      return;
    }
    const body = details.querySelector("tbody");
    for (const [channel, line] of this.#ledger.channels) {
      if (!this.#rows.has(channel)) {
        const row = h("tr", {}, h("th", { scope: "row" }, channel), ...Array.from({ length: 6 }, () => h("td")));
        this.#rows.set(channel, row);
        body.append(row);
      }
      const cells = this.#rows.get(channel).querySelectorAll("td");
      [line.first, line.newest, line.received, line.missing, line.duplicate, line.expired].forEach((value, index) => {
        cells[index].textContent = value ?? "–";
        cells[index].toggleAttribute("data-bad", (index === 3 || index === 4) && value > 0);
      });
    }
  }

  #tick() {
    const quiet = this.#alive === undefined ? undefined : Math.floor((Date.now() - this.#alive) / 1000);
    byId("heartbeat").lastElementChild.textContent = quiet === undefined ? "–" : quiet < 2 ? "now" : `${quiet} s ago`;
    byId("token").textContent = this.#expires ? span(this.#expires - Date.now()) : this.#live ? "none needed" : "–";
  }
}
