/**
 * A list on the thread, newest first. What comes within one frame goes in together; older entries glide down (FLIP), and
 * the list stays short. While it is paused, entries wait.
 */

import { h, reducedMotion } from "./dom.js";
import { timeElement } from "./time.js";

const EASE = { duration: 420, easing: "cubic-bezier(0.2, 0.8, 0.2, 1)" };
// In a flood, motion tells nothing.
const MOST_MOVING = 6;
const MOST_WATCHED = 24;

export class Feed extends EventTarget {
  list;
  paused = false;
  #longest;
  #queue = [];
  #scheduled = false;
  #byKey = new Map();
  #earlier;

  constructor(list, longest = 120) {
    super();
    this.list = list;
    this.#longest = longest;
  }

  get waiting() {
    return this.#queue.length;
  }

  /** The entry with this key, also if it has not been put in yet. */
  entry(key) {
    return this.#byKey.get(key);
  }

  /**
   * Puts an entry on top.
   *
   * @param quiet true: at once and without motion, as one's own
   * @param earlier true: below the divider "Earlier", which comes with the first of them, in the order of their times
   */
  add(entry, { key, quiet = false, earlier = false, time = new Date() } = {}) {
    if (key !== undefined) {
      entry.dataset.key = key;
      this.#byKey.set(key, entry);
    }
    entry.dataset.time = Number(time);
    this.#queue.push({ entry, quiet, earlier });
    if (this.#queue.length > 2 * this.#longest) {
      this.#queue.splice(0, this.#queue.length - this.#longest).forEach((old) => this.#drop(old.entry));
    }
    if (quiet && !this.paused) {
      this.#flush();
    } else {
      this.#schedule();
    }
    if (this.paused) {
      this.dispatchEvent(new Event("waiting"));
    }
  }

  pause(paused) {
    this.paused = paused;
    this.#schedule();
    this.dispatchEvent(new Event("waiting"));
  }

  clear() {
    this.#queue = [];
    this.#byKey.clear();
    this.#earlier = undefined;
    this.list.replaceChildren();
  }

  #schedule() {
    if (!this.#scheduled && !this.paused && this.#queue.length) {
      this.#scheduled = true;
      // A hidden tab gets no frames.
      const later = document.hidden ? (run) => setTimeout(run, 100) : requestAnimationFrame;
      later(() => {
        this.#scheduled = false;
        this.#flush();
      });
    }
  }

  #flush() {
    if (this.paused || !this.#queue.length) {
      return;
    }
    const items = this.#queue.splice(0);
    const shown = items.slice(-this.#longest);
    items.slice(0, -this.#longest).forEach(({ entry }) => this.#drop(entry));
    const arriving = shown.filter(({ quiet, earlier }) => !quiet && !earlier);
    const moving = !document.hidden && !reducedMotion.matches && arriving.length > 0 && shown.length <= MOST_MOVING
      && this.list.checkVisibility?.() !== false;
    const before = moving ? this.#tops() : [];
    for (const { entry, earlier } of shown) {
      this.#place(entry, earlier);
    }
    this.#trim();
    if (moving) {
      before.forEach(([entry, top]) => glide(entry, top));
      arriving.forEach(({ entry }) => arrive(entry));
    }
  }

  #place(entry, earlier) {
    if (!earlier) {
      this.list.prepend(entry);
      return;
    }
    if (!this.#earlier) {
      this.#earlier = h("li", { class: "divider earlier" }, h("span", {}, "Earlier"));
      this.list.append(this.#earlier);
    }
    let above = this.#earlier;
    while (above.nextElementSibling && Number(above.nextElementSibling.dataset.time) > Number(entry.dataset.time)) {
      above = above.nextElementSibling;
    }
    above.after(entry);
  }

  #tops() {
    return [...this.list.children].slice(0, MOST_WATCHED).map((entry) => [entry, entry.getBoundingClientRect().top]);
  }

  #trim() {
    while (this.list.childElementCount > this.#longest) {
      this.#drop(this.list.lastElementChild);
    }
  }

  #drop(entry) {
    if (this.#byKey.get(entry.dataset.key) === entry) {
      this.#byKey.delete(entry.dataset.key);
    }
    if (entry === this.#earlier) {
      this.#earlier = undefined;
    }
    entry.remove();
  }
}

function glide(entry, top) {
  // "top" was measured with the motion that still ran: go on from there.
  entry.getAnimations().forEach((animation) => animation.cancel());
  const moved = entry.isConnected ? top - entry.getBoundingClientRect().top : 0;
  if (moved) {
    entry.animate([{ transform: `translateY(${moved}px)` }, { transform: "none" }], EASE);
  }
}

/** The bead comes down the thread, and the words appear beside it. */
function arrive(entry) {
  entry.animate([{ opacity: 0, transform: "translateY(-1.5rem)" }, { opacity: 1, transform: "none" }], EASE);
  entry.dataset.arrival = "moved in";
}

/** Makes an entry with its bead on the thread: a head with the time, and the rest below it. */
export function entryOf({ kind = "", bead, head, time, data }, ...rest) {
  return h("li", { class: `entry ${kind}`, data }, h("span", { class: "bead" }, bead),
    h("div", { class: "body" }, head && h("p", { class: "head" }, head, timeElement(time)), rest));
}

/** A knot in the thread: the page was away and is back, or events have expired. */
export function knot(words, bad = false) {
  return h("li", { class: bad ? "divider knot bad" : "divider knot" }, h("span", {}, words));
}
