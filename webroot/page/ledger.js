/**
 * Checks every event by its sequence. A number that comes twice is a duplicate. A number that is left out is looked up in
 * the channel's history: it was missed if it is an event there, since the bridge also numbers frames that are not events.
 */

const REMEMBERED = 5_000;
const LOOK_UP_AFTER_MS = 700;
const PAGE = 1_000;

export class Ledger extends EventTarget {
  channels = new Map();
  received = 0;
  missing = 0;
  duplicate = 0;
  expired = 0;
  #lookUp;
  #gaps = [];
  #timer;

  /** @param lookUp (channel, newest so many) returns the events of the history */
  constructor(lookUp) {
    super();
    this.#lookUp = lookUp;
  }

  take({ channel, sequence }) {
    const line = this.#line(channel);
    this.received++;
    line.received++;
    if (line.seen.has(sequence)) {
      this.duplicate++;
      line.duplicate++;
    }
    line.seen.add(sequence);
    if (line.seen.size > REMEMBERED) {
      line.seen.delete(line.seen.values().next().value);
    }
    if (line.newest !== undefined && sequence > line.newest + 1) {
      if (line.reset) {
        const gone = sequence - line.newest - 1;
        line.expired += gone;
        this.expired += gone;
        this.dispatchEvent(new CustomEvent("expired", { detail: { channel, events: gone } }));
      } else {
        this.#check(channel, line.newest, sequence);
      }
    }
    line.reset = false;
    line.first ??= sequence;
    line.newest = Math.max(line.newest ?? sequence, sequence);
    this.dispatchEvent(new Event("change"));
  }

  /** The bridge has told that events are missing. What follows begins with the oldest retained event. */
  reset({ channels, reason }) {
    for (const channel of channels) {
      const line = this.#line(channel);
      line.reset = true;
      if (reason !== "expired") {
        // The same events may come again, also with other numbers.
        line.newest = undefined;
        line.seen.clear();
      }
    }
  }

  /** The channel was left; when it comes back it may begin at any place. */
  forget(channel) {
    const line = this.channels.get(channel);
    if (line) {
      line.newest = undefined;
      line.seen.clear();
    }
  }

  /** Resolves when no gap waits to be looked up. */
  async settled() {
    clearTimeout(this.#timer);
    await this.#lookUpGaps();
  }

  #line(channel) {
    if (!this.channels.has(channel)) {
      this.channels.set(channel, { received: 0, missing: 0, duplicate: 0, expired: 0, seen: new Set(), reset: false });
    }
    return this.channels.get(channel);
  }

  #check(channel, after, before) {
    this.#gaps.push({ channel, after, before });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lookUpGaps(), LOOK_UP_AFTER_MS);
  }

  async #lookUpGaps() {
    const gaps = this.#gaps.splice(0);
    for (const { channel, after, before } of gaps) {
      const line = this.#line(channel);
      const needed = Math.min(PAGE, Math.max(before, line.newest ?? before) - after + 20);
      try {
        const events = await this.#lookUp(channel, needed);
        const missed = events.filter(({ sequence }) => sequence > after && sequence < before && !line.seen.has(sequence));
        line.missing += missed.length;
        this.missing += missed.length;
      } catch {
        // No answer now: the gap stays open, and is looked up with the next one.
        this.#gaps.push({ channel, after, before });
      }
    }
    if (gaps.length) {
      this.dispatchEvent(new Event("change"));
    }
  }
}
