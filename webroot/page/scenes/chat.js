/** Rooms: several channels on one stream, members by the presence channels, the sender stamped by the bridge. */

import { avatar, brief, h, icons, plural } from "../dom.js";
import { Feed } from "../feed.js";
import { timeElement } from "../time.js";

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

export function build(context) {
  return new Chat(context);
}

class Chat {
  element;
  #context;
  #rooms = new Map();
  #current = ROOMS[0];
  #members;
  #opened = false;
  #asking;
  #pose;

  constructor(context) {
    this.#context = context;
    this.#members = h("ul", { class: "members", "aria-label": "Members of the room" });
    const text = h("input", { type: "text", name: "text", required: true, maxlength: "280", autocomplete: "off", enterkeyhint: "send", "aria-label": "Message" });
    this.#pose = h("input", { type: "checkbox", name: "pose" });
    const note = h("p", { class: "note", role: "status" });
    const send = h("form", { class: "send", on: { submit: async (event) => {
      event.preventDefault();
      const said = text.value.trim();
      if (!said) {
        return;
      }
      text.value = "";
      const claim = this.#pose.checked ? { from: "the-queen" } : {};
      try {
        await context.link.publish(`rooms.${this.#current}`, { text: said, ...claim }, { event: "say" });
        note.textContent = this.#pose.checked ? `Sent with from: "the-queen". The bridge wrote ${context.me.name} over it.` : "";
      } catch (trouble) {
        note.textContent = trouble.problem?.detail ?? trouble.message;
      }
    } } }, text, h("button", { class: "primary" }, icons.send(), h("span", {}, "Send")));
    const chips = h("div", { class: "chips", role: "radiogroup", "aria-label": "Room" }, ROOMS.map((room) => {
      const count = h("i", { class: "unread num" });
      const input = h("input", { type: "radio", name: "room", value: room, checked: room === this.#current, on: { change: () => this.#enter(room) } });
      const list = h("ol", { class: "feed chat", hidden: room !== this.#current, "aria-label": `Room ${room}, newest first` });
      this.#rooms.set(room, { list, count, unread: 0, feed: new Feed(list, { longest: 80 }) });
      return h("label", {}, input, h("span", {}, room, count));
    }));
    this.element = h("div", { class: "stack" }, chips, this.#members,
      h("div", { class: "composer" }, send, h("label", { class: "check" }, this.#pose, " pose as ", h("code", {}, "the-queen")), note),
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
        place.feed.add(h("li", { class: "entry came" }, h("span", { class: "bead" }), h("div", { class: "body" },
          h("p", { class: "head" }, h("strong", {}, brief(data.sub, 40)), ` ${words}`, timeElement(time)))));
      }
      return;
    }
    const from = brief(data?.from ?? "anonymous", 40);
    place.feed.add(h("li", { class: from === this.#context.me.name ? "entry own" : "entry" }, h("span", { class: "bead" }, avatar(from)),
      h("div", { class: "body" },
        h("p", { class: "head" }, h("strong", {}, from), h("span", { class: "stamp", title: "Written by the bridge, from the publisher's token" }, "stamped"), timeElement(time)),
        h("p", { class: "words" }, brief(data?.text ?? data)))), { quiet: replayed });
    if (!replayed && room !== this.#current) {
      place.unread++;
      place.count.textContent = place.unread;
    }
    if (!replayed && room === this.#current && !this.element.closest("[hidden]")) {
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
