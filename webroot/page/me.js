/**
 * The visitor. The bridge keeps the session in a cookie that scripts cannot read; the name is in another cookie beside it,
 * so both are the same for all tabs, and for the nodes on other ports of this machine.
 */

import { post } from "./demo-api.js";

const COOKIE = "sse_demo_name";
const ADJECTIVES = ["amber", "brisk", "calm", "dusky", "early", "fern", "gentle", "hazel", "ivory", "jolly", "keen", "lunar"];
const ANIMALS = ["otter", "heron", "lynx", "finch", "badger", "newt", "ibis", "marten", "wren", "tapir", "stoat", "egret"];

const one = (list) => list[crypto.getRandomValues(new Uint8Array(1))[0] % list.length];

export class Me extends EventTarget {
  name = stored() ?? `${one(ADJECTIVES)}-${one(ANIMALS)}`;

  constructor() {
    super();
    keep(this.name);
  }

  /** The token of this visitor; none outside of demo mode. */
  async token() {
    try {
      return (await post("demo/token", { sub: this.name })).token;
    } catch (trouble) {
      if (trouble.status === 404) {
        return undefined;
      }
      throw trouble;
    }
  }

  /** Takes another name: the cookie changes, and the stream is opened again with it. */
  async become(name) {
    await post("demo/session", { sub: name });
    this.name = name;
    keep(name);
    this.dispatchEvent(new Event("change"));
  }
}

function stored() {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${COOKIE}=`));
  try {
    return found && decodeURIComponent(found.slice(COOKIE.length + 1));
  } catch {
    return undefined;
  }
}

function keep(name) {
  document.cookie = `${COOKIE}=${encodeURIComponent(name)}; Path=/; SameSite=Lax; Max-Age=31536000`;
}
