/** Options of a {@link SseBridge}. All are optional. */
export interface SseBridgeOptions {
  /** Where the bridge is: its `http.path`, with its origin if that is another one. Default: `/`. */
  url?: string;
  /** The channels to subscribe to from the start. */
  channels?: Iterable<string>;
  /** Returns the token (JWT), or undefined for none. Called at the start, before a token expires, and after a 401. */
  token?: () => string | undefined | Promise<string | undefined>;
  /**
   * How the token travels. `header`: in `Authorization`. `cookie`: the bridge turns it into a cookie (`POST /session`); also
   * for a cookie that your own pages set, if the bridge has another origin. Then `token` may return nothing, after it has
   * renewed the cookie. Default: `header`.
   */
  carrier?: "cookie" | "header";
  /** Begin with this number of the newest events of each channel. */
  last?: number;
  /** Begin with the first event from this time on: a date, ISO 8601, or milliseconds since 1970. */
  since?: Date | string | number;
  /** Only events with these names. `message` stands for events without a name. */
  events?: Iterable<string>;
  /**
   * One connection for all tabs of this origin that have the same `url`, `carrier` and this name. `true` is a name too.
   * Put the name of the user in it if users can change. Without Web Locks or BroadcastChannel each tab has its own
   * connection. Default: false.
   */
  shared?: boolean | string;
  /**
   * `page`: nothing is remembered when the page goes. `session`: the next page in this tab goes on after the last event
   * that was handed to the handlers (`sessionStorage`). Default: `page`.
   */
  resume?: "page" | "session";
  /** The number of missing heartbeats after which the connection counts as dead. Default: 3. */
  staleAfter?: number;
  /**
   * The largest number of events that wait while the bridge is paused. After that the stream ends. It continues at
   * `resume()`, and then the missing events come from the history. Default: 1,000.
   */
  buffer?: number;
}

/** One event of a channel. */
export interface BridgeEvent<T = any> {
  channel: string;
  /** The event's name, or `message`. */
  name: string;
  /** The JSON value, or the text if the event was not published as JSON. */
  data: T;
  /** The id after which a stream or a page of the history can continue. Absent on a channel without history. */
  id?: string;
  /** When the bridge received the event. */
  time: Date;
  /** The place in the channel. Sequences grow, and can have gaps. */
  sequence: number;
  /** Identifies the event together with channel and sequence. */
  tag: string;
  /** The publisher, if the channel's rule has the bridge name it. */
  from?: any;
  /** True: the event was published before this connection was opened. */
  replayed: boolean;
}

export type BridgeState = "connecting" | "live" | "stale" | "waiting" | "denied" | "closed";

/** What the connection is doing. `bridge.state` has the newest one. */
export interface StateChange {
  state: BridgeState;
  /** In `waiting`: the time of the next try, in milliseconds since 1970. */
  retryAt?: number;
  /** Why: in `waiting`, `denied` and `closed`, if known. */
  problem?: Problem;
  /** The id of the node that serves the stream. */
  node?: string;
  /** The id of the stream, for `/subscribers/{id}`. */
  subscriber?: string;
  /** When the token of the stream expires. */
  expires?: Date;
  /** With `shared`: whether this tab has the connection of all tabs. Otherwise true. */
  leader: boolean;
}

/** Problem details (RFC 9457), or what is known without them. */
export interface Problem {
  /** The HTTP status; 0: there was no answer. */
  status: number;
  type?: string;
  title: string;
  detail?: string;
  /** The channel that was refused. */
  channel?: string;
}

/** The stream is back and has everything that was published meanwhile. */
export interface CaughtUp {
  /** The number of missed events that came now. */
  events: number;
  /** How long the stream was away. */
  awayMillis: number;
  node?: string;
}

/** Events are missing. The retained ones follow: load the state of the page again. */
export interface Reset {
  channels: string[];
  /**
   * `expired`: the history no longer reaches back so far. `lost`: the history was lost or replaced. `unknown-id`: the id
   * cannot be read.
   */
  reason: "expired" | "lost" | "unknown-id";
}

export interface Receipt {
  id?: string;
  channel: string;
  sequence: number;
}

export interface PublishOptions {
  /** The event's name. */
  event?: string;
  /** The idempotency key. One is made if it is absent, so that a retry never publishes twice. */
  key?: string;
  /** The time for one try. Default: 10,000. */
  timeoutMillis?: number;
  /** How often to try again after no answer, 429 or 503. Default: 3. */
  retries?: number;
  /** True: the last event of the channel. */
  end?: boolean;
  /** Only readers with these values get the event. */
  to?: Record<string, string | number | boolean>;
  /** Readers with these values do not get the event. */
  except?: Record<string, string | number | boolean>;
}

export interface BridgeEvents {
  event: BridgeEvent;
  state: StateChange;
  caughtup: CaughtUp;
  reset: Reset;
  /** The stream is alive, and nothing was published. */
  heartbeat: { time: Date; node?: string };
  /** The channel has ended: no event will follow. */
  end: { channel: string };
}

/** Removes the handler. */
export type Off = () => void;

/** The handlers of one channel. */
export interface Channel {
  readonly name: string;
  /** Calls the handler for each event with this name; `*` stands for all names. */
  on<T = any>(event: string, handler: (event: BridgeEvent<T>) => void): Off;
}

/** A request that the bridge refused, or that had no answer. */
export class BridgeError extends Error {
  readonly problem: Problem;
  readonly status: number;
}

/**
 * A subscription that loses no event that the bridge can give, and hands none over twice. It opens its stream in the next
 * task, so handlers that are set directly after the constructor miss nothing.
 */
export class SseBridge {
  constructor(options?: SseBridgeOptions);

  /** What the connection is doing now. */
  readonly state: StateChange;
  /** The channels of this bridge. */
  readonly channels: string[];
  /** The id of the newest event that was handed to the handlers. */
  readonly lastEventId: string | undefined;
  readonly paused: boolean;

  on<K extends keyof BridgeEvents>(type: K, handler: (detail: BridgeEvents[K]) => void): Off;
  off<K extends keyof BridgeEvents>(type: K, handler: (detail: BridgeEvents[K]) => void): void;

  /** Returns the handlers of one channel. It does not subscribe: see `add`. */
  channel(name: string): Channel;

  /** Subscribes to another channel; the others lose nothing. Done when each later event will come. */
  add(channel: string, start?: { last?: number; since?: Date | string | number }): Promise<void>;
  /** Unsubscribes from a channel; the others lose nothing. */
  remove(channel: string): Promise<void>;

  /** Keeps events back. See the option `buffer`. */
  pause(): void;
  /** Hands over the events that waited. */
  resume(): void;

  /** Publishes an event, and returns when it is acknowledged. Objects, arrays, numbers and booleans go as JSON. */
  publish(channel: string, data: unknown, options?: PublishOptions): Promise<Receipt>;

  /**
   * Sends a request to the bridge as the user of this page, such as `fetch("presence/rooms.1")`, and returns the JSON of
   * the answer.
   *
   * @throws BridgeError if the answer is a problem, or there is none
   */
  fetch(path: string, init?: RequestInit): Promise<any>;

  /**
   * Ends the connection and opens another one, which goes on after the last event.
   *
   * @param options.afterMillis stay away for so long; `options.url` goes on at another node
   */
  reconnect(options?: { afterMillis?: number; url?: string }): void;

  /** Ends everything. A closed bridge cannot be opened again. */
  close(): void;
}
