/** The list of entries: newest on top, bounded, each `ref` at most once. */

import { keepFresh } from "./relative-time.js";

const LONGEST = 100;
const ARRIVAL = { duration: 420, easing: "cubic-bezier(0.2, 0.8, 0.2, 1)" };
// In a flood motion tells nothing, and each growing entry costs a layout per frame.
const MOST_MOVING = 6;

const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

export class Timeline {
  #list;
  #byRef = new Map();

  constructor(list) {
    this.#list = list;
    keepFresh(list);
  }

  /** The entry shown with this ref, if any. */
  entry(ref) {
    return this.#byRef.get(ref);
  }

  /** Puts an entry on top. One that the visitor did not cause moves in: a list that merely jumps loses its reader. */
  add(entry, { ref, own = false } = {}) {
    if (ref !== undefined) {
      entry.dataset.ref = ref;
      this.#byRef.set(ref, entry);
    }
    this.#list.prepend(entry);
    if (!own && this.#mayMove()) {
      arrive(entry);
    }
    this.#trim();
  }

  #mayMove() {
    const moving = this.#list.getAnimations({ subtree: true }).length;
    return !document.hidden && !reducedMotion.matches && moving < MOST_MOVING;
  }

  #trim() {
    while (this.#list.childElementCount > LONGEST) {
      const oldest = this.#list.lastElementChild;
      this.#byRef.delete(oldest.dataset.ref);
      oldest.remove();
    }
  }
}

/** Grows from nothing, which lets the older entries glide down instead of jumping. */
function arrive(entry) {
  const height = `${entry.offsetHeight}px`;
  entry.animate([{ height: 0 }, { height }], ARRIVAL);
  entry.firstElementChild.animate([{ opacity: 0, transform: "translateY(-0.75rem)" }, {}], ARRIVAL);
}
