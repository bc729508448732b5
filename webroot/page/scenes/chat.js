/** Rooms: several channels on one stream, members by the presence channels, the sender stamped by the bridge. */

import { avatar, brief, chips, h, plural, sendButton, sendForm, statusNote, textField } from "../dom.js";
import { entryOf, Feed } from "../feed.js";
import { reason } from "../problem.js";

const ROOMS = ["lobby", "kitchen", "roof"];
const SOON_MS = 400;

export const id = "chat";
export const title = "Chat";
export const demoOnly = true;

export const how = (root, path) => ({
  page: `import { SseBridge } from "${path}sse-bridge.js";
const bridge = new SseBridge({ url: "${path}", token,
  channels: ["rooms.lobby", "rooms.lobby.presence"] });
bridge.channel("rooms.lobby").on("say", ({ data }) =>
  show(data.from, data.text));
bridge.channel("rooms.lobby.presence")
  .on("member-joined", ({ data }) => show(data.sub));
await bridge.add("rooms.roof", { last: 20 });
bridge.publish("rooms.lobby", { text: "Hi" },
  { event: "say" });`,
  curl: `# Who is there, on all nodes
curl '${root}presence/rooms.lobby'

# Come in by terminal; the page says so
TOKEN=$(curl -s '${root}demo/token' -d '{"sub": "terminal"}' \\
  -H 'Content-Type: application/json' | cut -d'"' -f4)
curl -N '${root}stream/rooms.lobby' \\
  -H "Authorization: Bearer $TOKEN"`,
  vertx: `// Who comes and goes, in all channels
vertx.eventBus().<JsonObject>consumer("sse.lifecycle",
    message -> System.out.println(
        message.body().getString("type") + " "
            + message.body().getString("sub")));`,
  note: "The bridge writes the sender into each event. What a client claims there is overwritten.",
});

export class Scene {
  element;
  #context;
  #rooms = new Map();
  #current = ROOMS[0];
  #members = h("ul", { class: "members", "aria-label": "Members of the room" });
  #text = textField("text", "Message", { required: true, maxlength: "280", enterkeyhint: "send" });
  #pose = h("input", { type: "checkbox", name: "pose" });
  #note = statusNote();
  #opened = false;
  #asking;

  constructor(context) {
    this.#context = context;
    const names = ROOMS.map((room) => {
      const count = h("i", { class: "unread num" });
      const list = h("ol", { class: "feed", hidden: room !== this.#current, "aria-label": `Room ${room}, newest first` });
      this.#rooms.set(room, { list, count, unread: 0, feed: new Feed(list, 80) });
      return [room, [room, count]];
    });
    this.element = h("div", { class: "stack" },
      chips("Room", "room", Object.fromEntries(names), this.#current, (room) => this.#enter(room)), this.#members,
      h("div", { class: "composer" }, sendForm(this.#text, sendButton(), (said) => said && this.#say(said)),
        h("label", { class: "check" }, this.#pose, " pose as ", h("code", {}, "the-queen")), this.#note),
      [...this.#rooms.values()].map(({ list }) => list),
      h("p", { class: "note" }, "To be somebody else beside it, open a private window."));
  }

  show() {
    if (!this.#opened) {
      this.#opened = true;
      const { bridge } = this.#context.link;
      ROOMS.forEach((room) => {
        bridge.add(`rooms.${room}`, { last: 20 }).then(() => this.#askMembers()).catch(() => {});
        bridge.add(`rooms.${room}.presence`).catch(() => {});
      });
    }
    this.#askMembers();
  }

  event({ channel, name, data, time, replayed }) {
    const [prefix, room, presence] = channel.split(".");
    const place = prefix === "rooms" ? this.#rooms.get(room) : undefined;
    if (!place) {
      return;
    }
    if (presence === "presence") {
      this.#askMembers();
      if (!replayed && data?.sub) {
        const words = name === "member-joined" ? "comes in" : "leaves";
        place.feed.add(entryOf({ kind: "came", head: [h("strong", {}, brief(data.sub, 40)), ` ${words}`], time }));
      }
      return;
    }
    const from = brief(data?.from ?? "anonymous", 40);
    const stamp = h("span", { class: "stamp", title: "Written by the bridge, from the publisher's token" }, "stamped");
    place.feed.add(entryOf({ kind: from === this.#context.me.name ? "own" : "", bead: avatar(from), head: [h("strong", {}, from), stamp], time },
      h("p", { class: "words" }, brief(data?.text ?? data))), { quiet: replayed });
    if (!replayed && room !== this.#current) {
      place.count.textContent = ++place.unread;
    } else if (!replayed && !this.element.closest("[hidden]")) {
      this.#context.announce(`${from}: ${brief(data?.text, 120)}`);
    }
  }

  knot(entry) {
    this.#rooms.get(this.#current).feed.add(entry, { quiet: true });
  }

  reset({ channels }) {
    ROOMS.filter((room) => channels.includes(`rooms.${room}`)).forEach((room) => this.#rooms.get(room).feed.clear());
    this.#askMembers();
  }

  async #say(text) {
    this.#text.value = "";
    const { me, link } = this.#context;
    const claim = this.#pose.checked ? { from: "the-queen" } : {};
    try {
      await link.publish(`rooms.${this.#current}`, { text, ...claim }, { event: "say" });
      this.#note.textContent = claim.from ? `Sent with from: "${claim.from}". The bridge wrote ${me.name} over it.` : "";
    } catch (trouble) {
      this.#note.textContent = reason(trouble);
    }
  }

  #enter(room) {
    this.#current = room;
    for (const [name, place] of this.#rooms) {
      place.list.hidden = name !== room;
    }
    const place = this.#rooms.get(room);
    place.unread = 0;
    place.count.textContent = "";
    this.#askMembers();
  }

  #askMembers() {
    clearTimeout(this.#asking);
    this.#asking = setTimeout(async () => {
      const room = this.#current;
      try {
        const { members = [], subscribers } = await this.#context.link.bridge.fetch(`presence/rooms.${room}`);
        if (room === this.#current) {
          this.#members.replaceChildren(...members.slice(0, 12).map(({ sub, subscribers: streams }) =>
            h("li", {}, avatar(sub), brief(sub, 24), streams > 1 ? h("span", { class: "note" }, ` ×${streams}`) : undefined)),
            h("li", { class: "note" }, `${plural(subscribers, "stream")} in this room`));
        }
      } catch {
        // Asked again with the next change.
      }
    }, SOON_MS);
  }
}
