/**
 * One EventSource, told of only in CustomEvents, so that no part of the page need know where its news comes from:
 *
 *   sse:open, sse:error   what the EventSource says of itself
 *   sse:<event name>      an event of the stream; detail {name, text, data}: data is the text as JSON, or undefined
 *   sse:state             detail {state, node, reason}; state is connecting, live, reconnecting or stopped
 */

const CONTROL_EVENTS = ["stream-open", "stream-reset", "stream-warning", "stream-error"];
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 30_000;

export class Connection {
  #url;
  #eventNames;
  #beforeRetry;
  #target;
  #source;
  #lastEventId = "";
  #retryTimer;
  #retryMs = FIRST_RETRY_MS;

  /**
   * @param beforeRetry async; mends what may have made the bridge refuse the stream, such as a cookie past its time
   */
  constructor(url, { eventNames, beforeRetry = async () => {}, target = document }) {
    this.#url = url;
    this.#eventNames = [...eventNames, ...CONTROL_EVENTS];
    this.#beforeRetry = beforeRetry;
    this.#target = target;
    target.addEventListener("sse:stream-open", ({ detail }) => this.#live(detail.data));
    target.addEventListener("sse:stream-error", ({ detail }) => this.#ended(detail.data));
    target.addEventListener("sse:error", () => this.#lost());
  }

  open() {
    this.close();
    this.#state("connecting");
    const source = new EventSource(this.#resumeUrl());
    for (const name of ["open", "error"]) {
      source.addEventListener(name, () => this.#tell(name));
    }
    for (const name of this.#eventNames) {
      source.addEventListener(name, ({ data: text, lastEventId }) => {
        this.#lastEventId = lastEventId || this.#lastEventId;
        this.#tell(name, { name, text, data: parsed(text) });
      });
    }
    this.#source = source;
  }

  // An EventSource brings its id when it reconnects by itself; a new one knows none.
  #resumeUrl() {
    const url = new URL(this.#url, document.baseURI);
    if (this.#lastEventId) {
      url.searchParams.set("lastEventId", this.#lastEventId);
    }
    return url;
  }

  close() {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    this.#source?.close();
    this.#source = undefined;
  }

  // Not on "open": only stream-open says that the subscription stands in the whole cluster.
  #live(opening) {
    this.#retryMs = FIRST_RETRY_MS;
    this.#state("live", { node: String(opening?.node ?? "") });
  }

  #ended(ending) {
    if (ending?.reconnect === false) {
      this.close();
      this.#state("stopped", { reason: String(ending.reason ?? "") });
    }
  }

  #lost() {
    this.#state("reconnecting");
    // The browser reconnects after a cut, but gives up for good on any status but 200: then it is up to us.
    if (this.#source?.readyState === EventSource.CLOSED) {
      this.#retryLater();
    }
  }

  #retryLater() {
    const timer = setTimeout(async () => {
      await this.#beforeRetry();
      // close() or open() meanwhile: the page has changed its mind.
      if (this.#retryTimer === timer) {
        this.open();
      }
    }, this.#retryMs);
    this.#retryTimer = timer;
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
  }

  #state(state, { node = "", reason = "" } = {}) {
    this.#tell("state", { state, node, reason });
  }

  #tell(name, detail) {
    this.#target.dispatchEvent(new CustomEvent(`sse:${name}`, { detail }));
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
