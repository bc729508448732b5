/** The newest events as beads on a string, in the order in which they came; a knot for each return, a gap for a reset. */

import { byId, h, reducedMotion } from "./dom.js";

const MOST = 100;
const SPACING = 14;

export class BeadString {
  #string = byId("string");
  #waiting = [];

  /** @param kind event, mine, back or reset */
  add(kind) {
    if (this.#waiting.push(kind) === 1) {
      requestAnimationFrame(() => this.#thread());
    }
    this.#waiting.splice(0, this.#waiting.length - MOST);
  }

  // All of one frame at once.
  #thread() {
    const beads = this.#waiting.splice(0).map((kind) => h("i", { class: kind }));
    this.#string.prepend(...beads.reverse());
    [...this.#string.children].slice(MOST).forEach((bead) => bead.remove());
    if (!reducedMotion.matches) {
      const options = { duration: 600, easing: "ease-out" };
      this.#string.animate([{ translate: `${-SPACING * beads.length}px` }, { translate: "0" }], options);
    }
  }
}
