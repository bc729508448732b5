/**
 * A client of SSE Bridge that loses no event that the bridge can give, and hands none over twice. It reads event streams
 * with fetch, so that it sees the status, the problem and the retry of each answer. No dependencies. The types and the
 * documentation of the API are in sse-bridge.d.ts.
 *
 *   SseBridge      the API: handlers, duplicates, pausing, catching up from the history
 *   Stream         one connection to the bridge, opened again after each end
 *   SharedStream   one Stream for all tabs: the tab that holds a Web Lock leads, and tells the others by BroadcastChannel
 *   Api            requests with the token
 *   Parser         the event stream format
 *
 * A Stream and a SharedStream are lines. A line has start, stop, want, restart, hint and id, and delivers messages
 * {kind, id, ...} of these kinds: state, open, event, reset, heartbeat, end; a SharedStream also joined, begun, refused and
 * alone.
 */

const USUAL_HEARTBEAT_MILLIS = 15_000;
const USUAL_RETRY_MILLIS = 2_000;
const LONGEST_RETRY_MILLIS = 30_000;
/** Nothing came for this time: all events that were missed have come. */
const QUIET_MILLIS = 300;
/** A leading tab that does not answer for this time is replaced. */
const ANSWER_MILLIS = 5_000;
/** A channel that no tab wants leaves the shared stream after this time. */
const UNUSED_MILLIS = 3_000;
/** The number of events of each channel that are remembered, to recognise duplicates after a reset. */
const REMEMBERED = 1_000;

const STALE = new Error("No heartbeat");
const RESTART = new Error("Restart");
const NO_ANSWER = { status: 0, title: "No answer in time" };

export class BridgeError extends Error {
  constructor(problem) {
    super(problem.detail ? `${problem.title}: ${problem.detail}` : problem.title);
    this.name = "BridgeError";
    this.problem = problem;
    this.status = problem.status;
  }

  static async of(response) {
    const problem = { status: response.status, title: response.statusText || `Status ${response.status}` };
    const isJson = /json/.test(response.headers.get("content-type"));
    const body = isJson ? await response.json().catch(() => ({})) : await response.body?.cancel();
    const error = new BridgeError({ ...problem, ...body });
    error.retryAfterMillis = 1_000 * response.headers.get("retry-after") || undefined;
    return error;
  }

  /** Whether another try may succeed. A 404 that the bridge did not send comes from a gateway. */
  get isTemporary() {
    const isForeign = !this.problem.type?.startsWith("urn:sse-bridge:");
    return this.status === 0 || this.status >= 500 || [408, 425, 429].includes(this.status) || (this.status === 404 && isForeign);
  }
}

/** Parses an event stream: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation */
class Parser {
  // Removes a byte order mark, and waits for the rest of a character that was cut.
  #decoder = new TextDecoder();
  #rest = "";
  #cr = false;
  #event = {};
  #id;

  /** Returns the events that are complete now. An event that only has a retry is {retry}. */
  *read(bytes) {
    let text = this.#decoder.decode(bytes, { stream: true });
    if (text === "") {
      return;
    }
    if (this.#cr && text[0] === "\n") {
      text = text.slice(1);
    }
    this.#cr = text === "" ? false : text.endsWith("\r");
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop();
    for (const line of lines) {
      if (line !== "") {
        this.#field(line);
      } else {
        const { name, data, retry } = this.#event;
        this.#event = {};
        if (data !== undefined || retry !== undefined) {
          yield { name: name || "message", data, retry, id: this.#id };
        }
      }
    }
  }

  #field(line) {
    const [, field, value] = /^([^:]*)(?:: ?)?([^]*)$/.exec(line);
    const event = this.#event;
    if (field === "data") {
      event.data = event.data === undefined ? value : `${event.data}\n${value}`;
    } else if (field === "event") {
      event.name = value;
    } else if (field === "id" && !value.includes("\0")) {
      this.#id = value;
    } else if (field === "retry" && /^\d+$/.test(value)) {
      event.retry = Number(value);
    }
  }
}

/** Sends requests with the token of the page. */
class Api {
  #ask;
  #byCookie;
  #token;
  #renewal;
  #isReady = false;

  constructor({ url = "/", token, carrier }) {
    this.#ask = token;
    this.#byCookie = carrier === "cookie";
    this.move(url);
  }

  move(url) {
    const { href } = new URL(url, globalThis.document?.baseURI);
    this.url = href.endsWith("/") ? href : `${href}/`;
  }

  /** Asks the page for a token. Returns false if there is none, or only the old one. */
  renew() {
    this.#renewal ??= this.#renew().finally(() => (this.#renewal = undefined));
    return this.#renewal;
  }

  async #renew() {
    if (!this.#ask) {
      return false;
    }
    const token = await this.#ask();
    const isNew = this.#byCookie || (token !== undefined && token !== this.#token);
    this.#token = token;
    if (this.#byCookie && token) {
      const answer = await this.#fetch("session", { method: "POST", headers: this.bearer });
      if (!answer.ok) {
        throw await BridgeError.of(answer);
      }
    }
    return isNew;
  }

  get bearer() {
    return this.#token ? { Authorization: `Bearer ${this.#token}` } : {};
  }

  async #fetch(path, init) {
    const url = new URL(path, this.url);
    if (!url.href.startsWith(this.url)) {
      throw new TypeError(`${path} (expected: a path below ${this.url})`);
    }
    try {
      return await fetch(url, { cache: "no-store", credentials: this.#byCookie ? "include" : "same-origin", ...init });
    } catch (failure) {
      throw init.signal?.aborted ? failure : new BridgeError({ status: 0, title: "No connection", detail: failure.message });
    }
  }

  /** Sends a request. After a 401 it asks for another token, once. */
  async send(path, init = {}) {
    if (!this.#isReady) {
      await this.renew();
      this.#isReady = true;
    }
    const once = () => {
      const headers = new Headers(this.#byCookie ? {} : this.bearer);
      new Headers(init.headers).forEach((value, name) => headers.set(name, value));
      return this.#fetch(path, { ...init, headers });
    };
    const answer = await once();
    return answer.status === 401 && (await this.renew()) ? once() : answer;
  }

  /** Sends a request, and returns the JSON of the answer. */
  async json(path, init = {}, timeoutMillis = 10_000) {
    const timeout = new AbortController();
    let isLate = false;
    const timer = setTimeout(() => timeout.abort((isLate = true)), timeoutMillis);
    init.signal?.addEventListener("abort", () => timeout.abort(), { signal: timeout.signal });
    try {
      init.signal?.throwIfAborted();
      const answer = await this.send(path, { ...init, signal: timeout.signal });
      if (!answer.ok) {
        throw await BridgeError.of(answer);
      }
      return answer.status === 204 ? undefined : await answer.json();
    } catch (failure) {
      throw isLate ? new BridgeError(NO_ANSWER) : failure;
    } finally {
      clearTimeout(timer);
      timeout.abort();
    }
  }
}

/** One connection to the bridge. It is opened again after each end, with the id of the last message. */
class Stream {
  #api;
  #query;
  #staleAfter;
  #deliver;
  #channels = [];
  // The channels of the stream that the id belongs to.
  #covered = [];
  #life;
  #attempt;
  #wake;
  #isHintable = false;
  #isAtEnd = false;
  #isLive = false;
  #keepsState = false;
  #delayMillis;
  #heardMillis = 0;
  #retryMillis = USUAL_RETRY_MILLIS;
  #details = {};
  id;
  heartbeatMillis = USUAL_HEARTBEAT_MILLIS;

  constructor(api, query, staleAfter, deliver) {
    this.#api = api;
    this.#query = query;
    this.#staleAfter = staleAfter;
    this.#deliver = deliver;
  }

  /** Opens the stream after an id; covered are the channels that the id covers. */
  start(channels, id = this.id, covered = this.#covered) {
    this.stop();
    this.#channels = channels;
    this.#covered = covered;
    this.id = id;
    this.#life = new AbortController();
    this.#run(this.#life.signal);
  }

  stop() {
    this.#life?.abort();
    this.#attempt?.abort();
    this.#wake?.();
    this.#isLive = false;
  }

  /** Changes the channels. The others lose nothing, because the stream continues after its id. */
  want(channels) {
    const isSame = channels.length === this.#channels.length && channels.every((each) => this.#channels.includes(each));
    this.#channels = channels;
    if (!isSame || this.#isAtEnd) {
      this.#keepsState = this.#isLive;
      this.restart();
    }
  }

  restart({ afterMillis = 0, url } = {}) {
    if (url) {
      this.#api.move(url);
    }
    this.#delayMillis = afterMillis;
    this.#attempt?.abort(RESTART);
    this.#wake?.();
  }

  /** The network or the page has come back: do not wait longer. */
  hint(networkIsNew) {
    if (this.#isHintable) {
      this.#wake();
    } else if (this.#isLive && (networkIsNew || Date.now() - this.#heardMillis > this.#limitMillis)) {
      this.restart();
    }
  }

  get #limitMillis() {
    return this.#staleAfter * this.heartbeatMillis;
  }

  async #run(life) {
    let failures = 0;
    while (!life.aborted) {
      const attempt = (this.#attempt = new AbortController());
      const { signal } = attempt;
      const away = this.#delayMillis;
      this.#delayMillis = undefined;
      if (away > 0) {
        this.#say({ state: "waiting", retryAt: Date.now() + away });
        await this.#sleep(away);
        continue;
      }
      const end = await this.#connect(attempt).catch((failure) => ({ failure }));
      const { reason } = signal;
      attempt.abort();
      const wasLive = this.#isLive;
      this.#isLive = false;
      failures = wasLive || reason === RESTART ? 0 : failures + 1;
      if (!life.aborted && this.#delayMillis === undefined) {
        await this.#rest(end, reason === STALE, wasLive, failures);
        this.#isHintable = this.#isAtEnd = false;
      }
    }
  }

  /** Waits until it is time for the next connection: after a final end until restart. */
  #rest({ final, failure, problem = failure && problemOf(failure) }, isStale, wasLive, failures) {
    const end = final ?? (failure?.isTemporary === false ? "denied" : undefined);
    this.#isAtEnd = end !== undefined;
    if (end) {
      this.#say({ state: end, problem });
      return this.#sleep();
    }
    const millis = failure?.retryAfterMillis ?? backoff(this.#retryMillis, failures);
    const state = isStale && wasLive ? "stale" : "waiting";
    this.#say({ state, problem: isStale ? NO_ANSWER : problem, retryAt: Date.now() + millis });
    this.#isHintable = failure?.retryAfterMillis === undefined;
    return this.#sleep(millis);
  }

  async #sleep(millis) {
    // A handler may have asked for a restart.
    if (this.#delayMillis !== undefined || this.#life.signal.aborted) {
      return;
    }
    await new Promise((done) => {
      const timer = millis === undefined ? undefined : setTimeout(done, millis);
      this.#wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }

  /** Opens one connection, and reads it to its end. Returns why it ended; a Stream that is told to restart, throws. */
  async #connect(attempt) {
    if (this.#channels.length === 0) {
      return { final: "closed" };
    }
    if (!this.#keepsState) {
      this.#say({ state: "connecting" });
    }
    this.#keepsState = false;
    const { signal } = attempt;
    let timer;
    const heard = () => {
      this.#heardMillis = Date.now();
      clearTimeout(timer);
      timer = setTimeout(() => attempt.abort(STALE), this.#limitMillis);
    };
    heard();
    try {
      const query = new URLSearchParams(this.#query);
      this.#channels.forEach((channel) => query.append("channel", channel));
      if (this.id) {
        query.set("lastEventId", this.id);
      }
      const answer = await this.#api.send(`stream?${query}`, { signal, headers: { Accept: "text/event-stream" } });
      if (answer.status === 204) {
        return { final: "closed" };
      }
      if (!answer.ok) {
        throw await BridgeError.of(answer);
      }
      if (!/^text\/event-stream/i.test(answer.headers.get("content-type"))) {
        answer.body?.cancel().catch(() => {});
        return { problem: { status: answer.status, title: "The answer is not an event stream" } };
      }
      return await this.#read(answer.body.getReader(), signal, heard);
    } finally {
      clearTimeout(timer);
    }
  }

  async #read(reader, signal, heard) {
    const parser = new Parser();
    let error;
    for (;;) {
      const { done, value } = await reader.read();
      if (signal.aborted) {
        throw signal.reason;
      }
      if (done) {
        return this.#ended(error);
      }
      heard();
      for (const event of parser.read(value)) {
        this.#retryMillis = event.retry ?? this.#retryMillis;
        if (event.name === "stream-error") {
          error = JSON.parse(event.data);
        } else if (event.data !== undefined) {
          this.#take(event);
          if (signal.aborted) {
            throw signal.reason;
          }
          this.id = event.id ?? this.id;
        }
      }
    }
  }

  async #ended(error) {
    if (error === undefined) {
      return { problem: { status: 0, title: "The connection was closed" } };
    }
    const problem = { status: 0, type: error.reason, title: REASONS[error.reason] ?? error.reason };
    if (error.reason === "token-expired") {
      await this.#api.renew();
      this.#delayMillis = 0;
    }
    return { problem, final: error.reason === "ended" ? "closed" : error.reconnect === false ? "denied" : undefined };
  }

  #take({ name, data, id }) {
    const json = JSON.parse(data);
    if (!name.startsWith("stream-")) {
      const { channel, type, time, from } = json;
      const [sequence, tag] = json.id.split("-");
      const event = { channel, name: type, data: json.data, id, time: Date.parse(time), sequence: Number(sequence), tag, from };
      this.#deliver({ kind: "event", id, event });
    } else if (name === "stream-open") {
      this.#opened(json, id);
    } else if (name === "stream-reset") {
      this.#deliver({ kind: "reset", id, channels: json.channels, reason: json.reason });
    } else if (name === "stream-heartbeat") {
      this.#deliver({ kind: "heartbeat", id, node: this.#details.node });
    } else if (name === "stream-end") {
      this.#deliver({ kind: "end", channel: json.channel });
    } else if (name === "stream-warning" && json.reason === "token-expires") {
      // Without a new token the stream ends, and is opened again.
      this.#extend().catch(() => {});
    }
  }

  #opened({ channels, node, subscriber, expires, time, heartbeatMillis }, id) {
    this.heartbeatMillis = heartbeatMillis ?? this.heartbeatMillis;
    this.#details = { node, subscriber, expires: expires ? new Date(expires) : undefined };
    const covered = this.id ? this.#covered : [];
    const fresh = channels.filter((each) => !covered.includes(each));
    this.#isLive = true;
    this.#covered = channels;
    this.#say({ state: "live" });
    this.#deliver({ kind: "open", id, channels, fresh, node, time: Date.parse(time), heartbeatMillis: this.heartbeatMillis });
  }

  /** Gives the open stream a new token. */
  async #extend() {
    await this.#api.renew();
    const { bearer } = this.#api;
    if (!bearer.Authorization) {
      return;
    }
    const path = `subscribers/${this.#details.subscriber}/token`;
    const { expires } = await this.#api.json(path, { method: "POST", headers: bearer });
    this.#details.expires = new Date(expires);
    if (this.#isLive) {
      this.#say({ state: "live" });
    }
  }

  #say(state) {
    this.#deliver({ kind: "state", state: { ...(state.state === "live" ? this.#details : {}), ...state } });
  }
}

const REASONS = {
  "access-lost": "The new token does not cover all channels",
  disconnected: "The stream was disconnected",
  draining: "The node is about to stop",
  "max-age": "The stream has reached its age",
  "token-expired": "The token has expired",
  unavailable: "The node cannot open the stream now",
};

/**
 * One Stream for all tabs with the same name. Each tab holds a lock of its own, whose end tells the leader that the tab has
 * gone. The tab that gets the lock of the name leads: it reads the channels of all tabs, and numbers its messages. So each
 * tab knows whether it has missed one. A tab that has, or that comes late, reads the history. Leaders are ordered by epoch.
 */
class SharedStream {
  #name;
  #newStream;
  #staleAfter;
  #deliver;
  #tab = randomText();
  #wanted = [];
  #life;
  #bus;
  #timer;
  #isJoined = false;
  // Whether a leader was heard since this tab has asked to join.
  #isLed = false;
  #epoch = 0;
  #number = 0;
  // All channels of the stream, as its last opening said.
  #union = [];
  #state = { state: "connecting" };
  #heartbeatMillis = USUAL_HEARTBEAT_MILLIS;
  // In the leading tab only.
  #stream;
  #leadership;
  #tabs = new Map();
  #fitting;
  #fitAt = Infinity;
  #ledAt;
  id;

  static get isPossible() {
    return Boolean(globalThis.navigator?.locks && globalThis.BroadcastChannel);
  }

  constructor(name, newStream, staleAfter, deliver) {
    this.#name = name;
    this.#newStream = newStream;
    this.#staleAfter = staleAfter;
    this.#deliver = deliver;
  }

  start(channels, id = this.id, covered = this.#union) {
    this.stop();
    this.#wanted = channels;
    this.#union = covered;
    this.id = id;
    const life = (this.#life = new AbortController());
    this.#bus = new BroadcastChannel(this.#name);
    this.#bus.onmessage = ({ data }) => (data.to === "leader" ? this.#asked(data) : this.#hear(data));
    const present = () => {
      this.#join();
      this.#queue();
      return released(life.signal);
    };
    navigator.locks.request(this.#lockOf(this.#tab), { signal: life.signal }, present).catch(() => {});
  }

  stop() {
    this.#life?.abort();
    this.#bus?.close();
    clearTimeout(this.#timer);
    this.#abdicate();
    this.#isJoined = false;
  }

  want(channels) {
    this.#wanted = channels;
    this.#ask({ kind: "want", channels });
    if (this.#isJoined) {
      // Other tabs may have some of these channels already.
      this.#deliver({ kind: "begun", channels: this.#union });
    }
  }

  restart(options) {
    this.#ask({ kind: "restart", options });
  }

  hint(networkIsNew) {
    this.#stream?.hint(networkIsNew);
  }

  #lockOf(tab) {
    return `${this.#name} tab ${tab}`;
  }

  #ask(message) {
    const signed = { to: "leader", tab: this.#tab, ...message };
    if (this.#stream) {
      this.#asked(signed);
    } else {
      this.#bus.postMessage(signed);
    }
  }

  #join() {
    this.#isJoined = false;
    this.#ask({ kind: "join", channels: this.#wanted });
    this.#isLed = false;
    this.#expect(ANSWER_MILLIS, () => (this.#isLed ? this.#join() : this.#queue(true)));
  }

  #expect(millis, otherwise) {
    clearTimeout(this.#timer);
    if (!this.#stream) {
      this.#timer = setTimeout(otherwise, millis);
    }
  }

  /** Waits for the lock, or takes it from a leader that does not answer. */
  #queue(steal = false) {
    const { signal } = this.#life;
    const lead = () => {
      if (!signal.aborted) {
        this.#lead();
      }
      return released(signal);
    };
    navigator.locks.request(this.#name, steal ? { steal } : { signal }, lead).catch(() => {
      // Another tab has taken the lock from this one.
      if (!signal.aborted) {
        this.#abdicate();
        this.#join();
        if (!steal) {
          this.#queue();
        }
      }
    });
  }

  #lead() {
    this.#abdicate();
    clearTimeout(this.#timer);
    const after = { epoch: this.#epoch, number: this.#number };
    this.#epoch = Math.max(Date.now(), this.#epoch + 1);
    this.#number = 0;
    this.#isJoined = true;
    this.#leadership = new AbortController();
    this.#tabs = new Map([[this.#tab, this.#wanted]]);
    this.#stream = this.#newStream((message) => this.#tell(message));
    this.#tell({ kind: "lead", after });
    // The other tabs have not said yet what they want. What they had goes on.
    const channels = [...new Set([...this.#union, ...this.#wanted])];
    this.#stream.start(channels, this.id, this.#union);
    this.#ledAt = Date.now();
    this.#fitLater(UNUSED_MILLIS);
  }

  #abdicate() {
    clearTimeout(this.#fitting);
    this.#fitAt = Infinity;
    this.#leadership?.abort();
    this.#stream?.stop();
    this.#stream = undefined;
  }

  /** Answers a request of a tab, if this one leads. */
  #asked({ kind, tab, channels, options }) {
    if (!this.#stream) {
      return;
    }
    if (kind === "restart") {
      this.#stream.restart(options);
    } else if (kind === "ping") {
      this.#bus.postMessage({ kind: "pong", epoch: this.#epoch });
    } else {
      if (!this.#tabs.has(tab)) {
        const gone = () => {
          this.#tabs.delete(tab);
          this.#fitLater(UNUSED_MILLIS);
        };
        navigator.locks.request(this.#lockOf(tab), { signal: this.#leadership.signal }, gone).catch(() => {});
      }
      this.#tabs.set(tab, channels);
      if (kind === "join") {
        const { epoch, number } = { epoch: this.#epoch, number: this.#number };
        const welcome = { kind: "welcome", tab, epoch, number, id: this.id, channels: this.#union, state: this.#state };
        this.#bus.postMessage({ ...welcome, heartbeatMillis: this.#heartbeatMillis });
      }
      const isNew = channels.some((each) => !this.#union.includes(each));
      this.#fitLater(isNew ? 0 : UNUSED_MILLIS);
    }
  }

  /** Makes the channels of the stream those that the tabs want: more of them at once, fewer later. */
  #fitLater(millis) {
    const at = Date.now() + millis;
    if (at < this.#fitAt) {
      clearTimeout(this.#fitting);
      this.#fitAt = at;
      this.#fitting = setTimeout(() => this.#fit(), millis);
    }
  }

  #fit() {
    this.#fitAt = Infinity;
    const known = Date.now() - this.#ledAt < UNUSED_MILLIS ? this.#union : [];
    this.#stream.want([...new Set([...known, ...[...this.#tabs.values()].flat()])]);
  }

  #tell(message) {
    if (message.state?.state === "denied" && this.#sendAway(message.state.problem)) {
      return;
    }
    const numbered = { ...message, epoch: this.#epoch, number: this.#number + 1 };
    this.#bus.postMessage(numbered);
    this.#hear(numbered);
  }

  /** Takes a refused channel out of the stream, or the last tab whose channels are too many. The other tabs go on. */
  #sendAway(problem) {
    const [last] = [...this.#tabs.keys()].slice(-1);
    if (problem?.channel !== undefined) {
      this.#tabs.forEach((channels, tab) => this.#tabs.set(tab, channels.filter((each) => each !== problem.channel)));
      this.#fitLater(0);
      this.#tell({ kind: "refused", channel: problem.channel, problem });
    } else if (problem?.status === 400 && last !== this.#tab) {
      this.#tabs.delete(last);
      this.#fitLater(0);
      this.#tell({ kind: "alone", tab: last });
    } else {
      return false;
    }
    return true;
  }

  /** Takes a message of the leader, which may be this tab. */
  #hear(message) {
    const { kind, epoch, number, id } = message;
    if (epoch < this.#epoch || (kind === "welcome" && message.tab !== this.#tab)) {
      return;
    }
    if (kind === "welcome") {
      this.#welcome(message);
    }
    this.#isLed = true;
    if (!this.#isJoined) {
      if (kind === "lead") {
        this.#join();
      }
      return;
    }
    this.#expect(this.#staleAfter * this.#heartbeatMillis, () => {
      this.#ask({ kind: "ping" });
      this.#expect(ANSWER_MILLIS, () => this.#queue(true));
    });
    if (kind === "welcome" || kind === "pong") {
      return;
    }
    if (epoch > this.#epoch) {
      // Nothing is missing if the new leader continues at or before the place of this tab.
      const isNext = kind === "lead" && message.after.epoch === this.#epoch && message.after.number <= this.#number;
      if (!isNext) {
        this.#join();
        return;
      }
      this.#epoch = epoch;
      this.#ask({ kind: "want", channels: this.#wanted });
    } else if (number !== this.#number + 1) {
      this.#join();
      return;
    }
    this.#number = number;
    if (kind === "alone" ? message.tab === this.#tab : kind !== "lead") {
      this.#pass(message);
    }
    if (this.#isJoined) {
      this.id = id ?? this.id;
    }
  }

  #welcome({ epoch, number, id, channels, state, heartbeatMillis }) {
    const { id: after } = this;
    Object.assign(this, { id });
    this.#epoch = epoch;
    this.#number = number;
    this.#heartbeatMillis = heartbeatMillis;
    this.#isJoined = true;
    this.#union = channels;
    this.#pass({ kind: "joined", channels, after });
    this.#pass({ kind: "state", state });
  }

  #pass(message) {
    if (message.kind === "open") {
      this.#union = message.channels;
      this.#heartbeatMillis = message.heartbeatMillis;
    } else if (message.kind === "state") {
      this.#state = message.state;
      message = { ...message, state: { ...message.state, leader: Boolean(this.#stream) } };
    }
    this.#deliver({ after: this.id, ...message });
  }
}

/** The subscription of a page: see sse-bridge.d.ts. */
export class SseBridge {
  #options;
  #api;
  #line;
  #storageKey;
  #life = new AbortController();
  // Why the line stands still: "start", "page", "buffer", "denied" or "closed".
  #halts = new Set(["start"]);
  #subscriptions = new Map();
  #names;
  #handlers = new Map();
  #state = { state: "connecting", leader: true };
  #openedAt = -Infinity;
  #awaySince;
  #missed;
  #quietTimer;
  #isPaused = false;
  #waiting = [];
  // While events wait or a history is read: the id of the last event that was handed over.
  #handedId;

  constructor(options = {}) {
    const { channels = ["sse"], events, last, since, shared = false, staleAfter = 3 } = options;
    this.#options = { buffer: 1_000, ...options };
    this.#api = new Api(options);
    this.#names = events && new Set(events);
    const isShared = shared && SharedStream.isPossible;
    const query = new URLSearchParams({ envelope: "cloudevents", heartbeats: "true" });
    // The tabs of a shared stream choose for themselves.
    if (!isShared) {
      [...(this.#names ?? [])].forEach((name) => query.append("event", name));
      startOf({ last, since }).forEach((value, name) => query.set(name, value));
    }
    for (const channel of channels) {
      this.#subscribe(channel, isShared ? { last, since } : {});
    }
    this.#storageKey = `sse-bridge ${this.#api.url} ${[...this.#subscriptions.keys()].sort()}`;
    this.#newLine(isShared, `sse-bridge ${this.#api.url} ${options.carrier} ${shared}`, query, staleAfter);
    this.#followPage();
    queueMicrotask(() => this.#begin());
  }

  #newLine(isShared, name, query, staleAfter) {
    const deliver = (message) => this.#take(message);
    const newStream = (told) => new Stream(this.#api, query, staleAfter, told);
    this.#line = isShared ? new SharedStream(name, newStream, staleAfter, deliver) : newStream(deliver);
  }

  #begin() {
    const { id, channels = [], at } = this.#saved();
    for (const channel of channels.filter((each) => this.#subscriptions.has(each))) {
      this.#subscriptions.get(channel).isStarted = true;
    }
    this.#awaySince = at;
    this.#go("start", id, channels);
  }

  get state() {
    return this.#state;
  }

  get channels() {
    return [...this.#subscriptions.keys()];
  }

  get paused() {
    return this.#isPaused;
  }

  get lastEventId() {
    return this.#waiting.length > 0 || this.#isCatchingUp ? this.#handedId : this.#line.id;
  }

  on(type, handler) {
    this.#handlers.set(type, (this.#handlers.get(type) ?? new Set()).add(handler));
    return () => this.off(type, handler);
  }

  off(type, handler) {
    this.#handlers.get(type)?.delete(handler);
  }

  channel(name) {
    const isMeant = (event, type) => event.channel === name && (type === "*" || type === event.name);
    return { name, on: (type, handler) => this.on("event", (event) => isMeant(event, type) && handler(event)) };
  }

  async add(channel, start = {}) {
    if (!this.#subscriptions.has(channel)) {
      const subscription = this.#subscribe(channel, start);
      subscription.live = new Promise((resolve, reject) => Object.assign(subscription, { resolve, reject }));
      this.#wantAll();
    }
    return this.#subscriptions.get(channel).live;
  }

  async remove(channel) {
    if (this.#subscriptions.delete(channel)) {
      this.#wantAll();
    }
  }

  pause() {
    this.#isPaused = true;
  }

  resume() {
    this.#isPaused = false;
    while (!this.#isPaused && this.#waiting.length > 0) {
      const { type, detail, id } = this.#waiting.shift();
      this.#emit(type, detail);
      this.#handedId = id;
    }
    if (!this.#isPaused) {
      this.#go("buffer");
    }
  }

  async publish(channel, data, { timeoutMillis, retries = 3, key = randomText(), ...fields } = {}) {
    if (data === undefined) {
      throw new TypeError("data: undefined (expected: a text or JSON)");
    }
    const body = JSON.stringify({ data, key, ...fields });
    const request = { method: "POST", headers: { "Content-Type": "application/json" }, body, signal: this.#life.signal };
    for (let failures = 1; ; failures++) {
      try {
        return await this.#api.json(`publish/${encodeURIComponent(channel)}`, request, timeoutMillis);
      } catch (failure) {
        if (!failure.isTemporary || failures > retries) {
          throw failure;
        }
        await delay(Math.min(failure.retryAfterMillis ?? backoff(500, failures), LONGEST_RETRY_MILLIS));
      }
    }
  }

  fetch(path, init) {
    return this.#api.json(path, init);
  }

  reconnect(options = {}) {
    if (options.url) {
      this.#api.move(options.url);
    }
    if (!this.#go("denied") && this.#halts.size === 0) {
      this.#line.restart(options);
    }
  }

  close() {
    if (this.#life.signal.aborted) {
      return;
    }
    this.#life.abort();
    this.#line.stop();
    clearTimeout(this.#quietTimer);
    this.#halts.add("closed");
    this.#waiting = [];
    const error = new BridgeError({ status: 0, title: "The bridge is closed" });
    this.#subscriptions.forEach(({ reject }) => reject?.(error));
    this.#forget();
    this.#setState({ state: "closed" });
  }

  // Subscriptions.

  #subscribe(channel, start) {
    // held: live events that wait until the history is read.
    const subscription = { channel, start, isStarted: false, seen: new Set(), newest: -1, held: undefined };
    this.#subscriptions.set(channel, subscription);
    return subscription;
  }

  #wantAll() {
    if (this.#halts.size === 0) {
      this.#line.want(this.channels);
    }
  }

  /** The stream has these channels now. Those that are new in it, or new to this tab, begin with the history. */
  #begun(channels, fresh, after) {
    for (const subscription of this.#subscriptions.values()) {
      const { channel, isStarted, start } = subscription;
      if (!channels.includes(channel)) {
        // The id of the stream will not cover it.
        subscription.after ??= isStarted ? after : undefined;
      } else if (fresh.includes(channel) || !isStarted) {
        const id = subscription.after ?? after;
        const query = isStarted ? new URLSearchParams(id && { after: id }) : startOf(start);
        Object.assign(subscription, { isStarted: true, after: undefined });
        subscription.resolve?.();
        if (String(query) !== "") {
          this.#catchUp(subscription, query, after);
        }
      }
    }
  }

  get #isCatchingUp() {
    return [...this.#subscriptions.values()].some(({ held }) => held);
  }

  /** Hands over what the history has, and then the events that came meanwhile. */
  async #catchUp(subscription, query, after) {
    if (subscription.held) {
      subscription.again ??= query.get("after") ?? undefined;
      return;
    }
    if (this.#waiting.length === 0 && !this.#isCatchingUp) {
      this.#handedId = after;
    }
    subscription.held = [];
    const { channel } = subscription;
    let cursor;
    for (let failures = 0; query; ) {
      if (this.#waiting.length > this.#options.buffer) {
        await delay(QUIET_MILLIS);
        continue;
      }
      const page = await this.#page(channel, query).catch((failure) => ({ failure }));
      if (this.#subscriptions.get(channel) !== subscription || this.#life.signal.aborted) {
        return;
      }
      if (page.failure?.isTemporary) {
        await delay(page.failure.retryAfterMillis ?? backoff(500, ++failures));
        continue;
      }
      const { events = [], next, reset } = page;
      if (reset) {
        this.#reset({ channels: [channel], reason: reset });
      }
      events.forEach((event) => this.#pass(subscription, event, true));
      failures = 0;
      cursor = next ?? events.at(-1)?.id ?? cursor;
      const after = next ?? (subscription.again && (cursor ?? subscription.again));
      query = after ? new URLSearchParams({ after }) : undefined;
      subscription.again = next ? subscription.again : undefined;
    }
    const { held } = subscription;
    subscription.held = undefined;
    held.forEach((event) => this.#pass(subscription, event));
    this.#untilQuiet();
  }

  async #page(channel, query) {
    query.set("limit", "1000");
    const { events, ...page } = await this.#api.json(`history/${encodeURIComponent(channel)}?${query}`);
    const eventOf = ({ id, sequence, tag, event: name, time, from, datacontenttype, data: text }) => {
      const data = datacontenttype === "application/json" ? JSON.parse(text) : text;
      return { channel, name, data, id, time: Date.parse(time), sequence, tag, from };
    };
    return { ...page, events: events.map(eventOf) };
  }

  // Messages.

  #take(message) {
    const { kind, channels } = message;
    if (kind === "event") {
      this.#event({ ...message.event, id: message.id === this.#line.id ? undefined : message.id });
    } else if (kind === "state") {
      this.#stateChanged(message.state);
    } else if (kind === "open") {
      this.#openedAt = message.time;
      this.#isBack();
      this.#begun(channels, message.fresh, message.after ?? this.#line.id);
    } else if (kind === "joined") {
      this.#isBack();
      this.#begun(channels, channels, message.after);
    } else if (kind === "begun") {
      this.#begun(channels, [], this.#line.id);
    } else if (kind === "reset") {
      this.#reset({ channels: channels.filter((each) => this.#subscriptions.has(each)), reason: message.reason });
    } else if (kind === "heartbeat") {
      this.#caughtUp();
      this.#emit("heartbeat", { time: new Date(), node: message.node });
    } else if (kind === "end" && this.#subscriptions.has(message.channel)) {
      this.#hand("end", { channel: message.channel });
    } else if (kind === "refused" && this.#subscriptions.has(message.channel)) {
      this.#stateChanged({ state: "denied", problem: message.problem });
    } else if (kind === "alone") {
      const { id } = this.#line;
      this.#line.stop();
      this.#newLine(false, "", { envelope: "cloudevents", heartbeats: "true" }, this.#options.staleAfter ?? 3);
      this.#line.start(this.channels, id, this.channels);
    }
  }

  #stateChanged(state) {
    const { problem } = state;
    const added = state.state === "denied" && this.#subscriptions.get(problem?.channel);
    if (added && added.reject && !added.isStarted) {
      this.#subscriptions.delete(added.channel);
      added.reject(new BridgeError(problem));
      this.#wantAll();
      return;
    }
    if (this.#state.state === "live" && state.state !== "live") {
      this.#awaySince ??= Date.now();
    }
    if (state.state === "denied") {
      this.#halt("denied");
    }
    this.#setState(state);
  }

  #setState(state) {
    this.#state = { leader: true, ...state };
    this.#emit("state", this.#state);
  }

  #event(event) {
    const subscription = this.#subscriptions.get(event.channel);
    if (!subscription) {
      return;
    }
    if (this.#waiting.length >= this.#options.buffer) {
      // The line stops before it moves on. When it starts again, the bridge sends this event once more.
      this.#halt("buffer");
      this.#setState({ state: "waiting" });
    } else if (!subscription.held) {
      this.#pass(subscription, event);
    } else if (subscription.held.push(event) > this.#options.buffer) {
      // The history has them too.
      subscription.held.length = 1;
      subscription.again = event.id;
    }
  }

  /** Hands an event over, unless it was before. */
  #pass(subscription, event, replayed = event.time < this.#openedAt) {
    const { seen } = subscription;
    const key = `${event.sequence}-${event.tag}`;
    // Without a history, another node may number the events from the start. Then they have no ids.
    if (seen.has(key) || (event.id && event.sequence <= subscription.newest)) {
      return;
    }
    subscription.newest = event.sequence;
    seen.add(key);
    if (seen.size > REMEMBERED) {
      seen.delete(seen.values().next().value);
    }
    if (this.#names && !this.#names.has(event.name)) {
      return;
    }
    if (!replayed) {
      this.#caughtUp();
    } else if (this.#missed) {
      this.#missed.events++;
      this.#untilQuiet();
    }
    this.#hand("event", { ...event, time: new Date(event.time), replayed }, event.id);
  }

  #reset({ channels, reason }) {
    for (const channel of channels) {
      // Another history may number its events from the start. After "expired" it is the same history.
      if (reason !== "expired") {
        this.#subscriptions.get(channel).newest = -1;
      }
    }
    if (channels.length > 0) {
      this.#hand("reset", { channels, reason });
    }
  }

  #hand(type, detail, id = this.#line.id) {
    if (!this.#isPaused && this.#waiting.length === 0) {
      this.#emit(type, detail);
      return;
    }
    if (this.#waiting.length === 0 && !this.#isCatchingUp) {
      this.#handedId = this.#line.id;
    }
    this.#waiting.push({ type, detail, id });
  }

  #emit(type, detail) {
    for (const handler of this.#handlers.get(type) ?? []) {
      try {
        handler(detail);
      } catch (failure) {
        (globalThis.reportError ?? console.error)(failure);
      }
    }
  }

  // Coming back.

  #isBack() {
    if (this.#awaySince !== undefined) {
      this.#missed = { events: this.#missed?.events ?? 0, awayMillis: Date.now() - this.#awaySince };
      this.#awaySince = undefined;
      this.#untilQuiet();
    }
  }

  #untilQuiet() {
    clearTimeout(this.#quietTimer);
    this.#quietTimer = setTimeout(() => this.#caughtUp(), QUIET_MILLIS);
  }

  #caughtUp() {
    if (this.#missed && !this.#isCatchingUp) {
      const { events, awayMillis } = this.#missed;
      this.#missed = undefined;
      this.#hand("caughtup", { events, awayMillis, node: this.#state.node });
    }
  }

  // The page.

  #halt(reason) {
    this.#line.stop();
    this.#halts.add(reason);
    this.#awaySince ??= Date.now();
  }

  #go(reason, ...after) {
    const wasHalted = this.#halts.delete(reason);
    if (wasHalted && this.#halts.size === 0) {
      this.#line.start(this.channels, ...after);
    }
    return wasHalted;
  }

  #followPage() {
    const { signal } = this.#life;
    const listen = (target, type, handler) => target?.addEventListener?.(type, handler, { signal });
    const leave = () => {
      this.#save();
      this.#halt("page");
    };
    // A page in the back/forward cache and a frozen page must hold neither a connection nor a lock.
    listen(globalThis, "pagehide", leave);
    listen(globalThis, "pageshow", () => this.#go("page"));
    listen(globalThis.document, "freeze", leave);
    listen(globalThis.document, "resume", () => this.#go("page"));
    listen(globalThis.document, "visibilitychange", () => (document.hidden ? this.#save() : this.#line.hint(false)));
    listen(globalThis, "online", () => this.#line.hint(true));
  }

  #saved() {
    try {
      return (this.#options.resume === "session" && JSON.parse(sessionStorage.getItem(this.#storageKey))) || {};
    } catch {
      return {};
    }
  }

  #save() {
    if (this.#options.resume === "session" && this.lastEventId) {
      const started = [...this.#subscriptions.values()].filter(({ isStarted }) => isStarted);
      const saved = { id: this.lastEventId, channels: started.map(({ channel }) => channel), at: Date.now() };
      sessionStorage.setItem(this.#storageKey, JSON.stringify(saved));
    }
  }

  #forget() {
    if (this.#options.resume === "session") {
      sessionStorage.removeItem(this.#storageKey);
    }
  }
}

function startOf({ last, since }) {
  if (last !== undefined) {
    return new URLSearchParams({ last });
  }
  return new URLSearchParams(since === undefined ? {} : { since: since instanceof Date ? since.toISOString() : since });
}

function problemOf(failure) {
  return failure.problem ?? { status: 0, title: failure.message };
}

/** Grows with the number of failures, and differs from client to client. The bridge has spread its own retry already. */
function backoff(millis, failures) {
  const longest = Math.max(millis, LONGEST_RETRY_MILLIS);
  return failures === 0 ? millis : Math.min(longest, millis * 2 ** failures) * (0.5 + Math.random() / 2);
}

function delay(millis) {
  return new Promise((done) => setTimeout(done, millis));
}

function released(signal) {
  return new Promise((release) => (signal.aborted ? release() : signal.addEventListener("abort", () => release())));
}

// crypto.randomUUID exists in secure contexts only.
function randomText() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
