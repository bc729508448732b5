/**
 * Tells screen readers what has arrived, at most once in a while: a busy timeline read out entry by entry would drown
 * everything else.
 */

const PAUSE_MS = 6_000;

export class Announcer {
  #element;
  #waiting = 0;
  #latest = "";
  #timer;

  constructor(element) {
    this.#element = element;
  }

  announce(words) {
    this.#waiting++;
    this.#latest = words;
    if (this.#timer === undefined) {
      this.#speak();
    }
  }

  #speak() {
    this.#element.textContent = this.#waiting === 1 ? this.#latest : `${this.#waiting} new. Latest: ${this.#latest}`;
    this.#waiting = 0;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#waiting > 0) {
        this.#speak();
      }
    }, PAUSE_MS);
  }
}
