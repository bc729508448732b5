/** The newest events as beads on a string, in the order in which they came; a knot for each return, a gap for a reset. */

import { byId, reducedMotion } from "./dom.js";

const SPACING = 14;
const LONGEST = 400;
const COLOURS = { event: "--bead", mine: "--accent", missing: "--bad" };

export class BeadString {
  #canvas;
  #marks = [];
  #count = 0;
  #shown = 0;
  #running = false;
  #cut = false;

  constructor(canvas) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.#wake()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#wake());
  }

  /** @param kind event, mine, knot or reset */
  add(kind) {
    this.#marks.push(kind);
    this.#count++;
    if (this.#marks.length > LONGEST) {
      this.#marks.splice(0, this.#marks.length - LONGEST);
    }
    this.#wake();
  }

  cut(cut) {
    this.#cut = cut;
    this.#wake();
  }

  #wake() {
    if (!this.#running) {
      this.#running = true;
      requestAnimationFrame(() => this.#step());
    }
  }

  #step() {
    const left = this.#count - this.#shown;
    this.#shown = left < 0.01 || reducedMotion.matches || document.hidden ? this.#count : this.#shown + Math.max(left * 0.14, 0.01);
    // A jump over more beads than are kept shows only the last of it.
    this.#shown = Math.max(this.#shown, this.#count - LONGEST / 2);
    this.#draw();
    this.#running = this.#shown < this.#count;
    if (this.#running) {
      requestAnimationFrame(() => this.#step());
    }
  }

  #draw() {
    const canvas = this.#canvas;
    const { clientWidth: width, clientHeight: height } = canvas;
    const scale = Math.min(2, devicePixelRatio || 1);
    if (canvas.width !== Math.round(width * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const pen = canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    const y = height / 2;
    pen.lineWidth = 3;
    pen.strokeStyle = colour(this.#cut ? "--control" : "--thread");
    pen.setLineDash(this.#cut ? [6, 8] : []);
    pen.beginPath();
    pen.moveTo(0, y);
    pen.lineTo(width, y);
    pen.stroke();
    pen.setLineDash([]);
    const first = this.#count - this.#marks.length;
    for (let index = this.#marks.length - 1; index >= 0; index--) {
      const x = 24 + (this.#shown - 1 - (first + index)) * SPACING;
      if (x > width + SPACING) {
        break;
      }
      if (x > -SPACING) {
        this.#mark(pen, this.#marks[index], x, y, colour);
      }
    }
  }

  #mark(pen, kind, x, y, colour) {
    pen.beginPath();
    if (kind === "knot") {
      pen.strokeStyle = colour("--good");
      pen.fillStyle = colour("--ground");
      pen.lineWidth = 3;
      pen.arc(x, y, 9, 0, 7);
      pen.fill();
      pen.stroke();
    } else if (kind === "reset") {
      pen.fillStyle = colour("--ground");
      pen.fillRect(x - 7, 0, 14, 2 * y);
      pen.fillStyle = colour("--bad");
      pen.fillRect(x - 7, y - 9, 2.5, 18);
      pen.fillRect(x + 4.5, y - 9, 2.5, 18);
    } else {
      pen.fillStyle = colour(COLOURS[kind] ?? "--bead");
      pen.arc(x, y, 5, 0, 7);
      pen.fill();
    }
  }
}

export const beadString = () => new BeadString(byId("string"));
