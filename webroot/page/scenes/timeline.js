/** The timeline: what all visitors do. It opens with the newest 20 events, below "Earlier". */

import { avatar, brief, h, icons, plural, randomId, sendButton, sendForm, statusNote, textField } from "../dom.js";
import { entryOf, Feed } from "../feed.js";
import { reason } from "../problem.js";
import { timeElement } from "../time.js";

const CHANNELS = new Set(["activity", "sse", "brief"]);
const SENTENCES = { say: "", like: "likes what", share: "shares", cheer: "cheers", post: "posts", note: "notes" };
const NAME = /^[\p{L}\p{N}_-]{1,24}$/u;

export const id = "timeline";
export const title = "Timeline";

export const how = (base, path) => ({
  page: `import { SseBridge } from "${path}sse-bridge.js";

const bridge = new SseBridge({
  url: "${path}", channels: ["activity"], last: 20 });
bridge.on("event", ({ data, time, replayed }) =>
  show(data.actor, data.text, time, replayed));
bridge.on("caughtup", ({ events, awayMillis }) =>
  show("bridge", \`\${events} more\`, awayMillis));
bridge.publish("activity", { verb: "say", text: "Hi" });`,
  curl: `# Watch. -N: as it comes
curl -N '${base}stream/activity?last=20'

# Publish, in another terminal. The answer is a receipt:
# two nodes have the event
curl '${base}publish/sse' \\
  -H 'Content-Type: text/plain' -d 'Hello from curl'`,
  vertx: `// Any JVM of the cluster. No library of SSE Bridge
vertx.eventBus()
    .request("sse", new JsonObject().put("text", "Hello"))
    .onSuccess(receipt -> System.out.println(receipt.body()))
    .onFailure(Throwable::printStackTrace);`,
  note: "Copy the curl lines into a terminal, and watch the event arrive here.",
});

export class Scene {
  element;
  #context;
  #feed = new Feed(h("ol", { class: "feed", id: "entries", "aria-label": "Timeline, newest first" }));
  #flood;
  #people = h("p", { class: "people", role: "status" });
  #pause = h("button", { type: "button", class: "quiet", "aria-pressed": "false", on: { click: () => this.#feed.pause(!this.#feed.paused) } }, "Pause");
  #opening = true;

  constructor(context) {
    this.#context = context;
    this.#feed.addEventListener("waiting", () => this.#showPause());
    this.element = h("div", { class: "stack" },
      this.#composer(),
      h("div", { class: "row" }, this.#people, this.#pause),
      this.#feed.list,
      h("p", { class: "empty note" }, "Nothing yet. Say something, or try to break it."));
  }

  event(event) {
    if (!CHANNELS.has(event.channel)) {
      return;
    }
    this.#opening &&= event.replayed;
    const earlier = this.#opening;
    if (event.name === "flood") {
      this.#flooded(event, earlier);
    } else if (event.channel === "activity" && typeof event.data?.actor === "string") {
      this.#activity(event, earlier);
    } else if (event.channel !== "brief") {
      this.#feed.add(plainEntry(event), { earlier, time: event.time });
    }
  }

  /** The page was away: what comes now is new, also if it was published before. */
  away() {
    this.#opening = false;
  }

  knot(entry) {
    this.#feed.add(entry, { quiet: true });
  }

  reset({ channels }) {
    if (channels.includes("activity") || channels.includes("sse")) {
      this.#feed.clear();
    }
  }

  /** @param count of open streams in the cluster */
  people(count, shared) {
    const words = count > 1 ? `${plural(count, "page")} open` : "Only this page is open";
    this.#people.textContent = shared ? `${words}; this one shares a connection, since a browser has six over HTTP/1.1` : words;
  }

  // Events.

  #activity({ data, time, replayed }, earlier) {
    const { actor, verb, text, ref, of } = data;
    const mine = typeof ref === "string" ? this.#feed.entry(ref) : undefined;
    if (mine) {
      // Our own has come back: proof of delivery, also if the answer to its POST was lost.
      mine.dataset.delivery = "sent";
      mine.querySelector("time")?.replaceWith(timeElement(time));
      return;
    }
    const liked = verb === "like" && typeof of === "string" ? this.#feed.entry(of) : undefined;
    if (liked) {
      addLike(liked, actor);
      return;
    }
    const entry = this.#entry({ actor, verb, text, time, ref });
    this.#feed.add(entry, { key: typeof ref === "string" ? ref : undefined, earlier, time });
    if (!replayed) {
      this.#context.announce(`${brief(actor, 40)} ${SENTENCES[verb] ?? brief(verb, 20)} ${brief(text, 120)}`);
    }
  }

  // Hundreds of entries tell less than one that counts them and checks their order.
  #flooded({ data, channel, time }, earlier) {
    const n = Number(data?.n);
    const of = Number(data?.of);
    if (!this.#flood || n <= this.#flood.n || this.#flood.channel !== channel || this.#flood.n === this.#flood.of) {
      const words = h("p", { class: "words" });
      const bar = h("progress", { max: of, value: 0, "aria-label": "Flood" });
      this.#flood = { channel, words, bar, of, first: n, n: n - 1, count: 0, gaps: 0 };
      this.#feed.add(entryOf({ kind: "flood" }, words, bar), { earlier, time });
    }
    const flood = this.#flood;
    flood.gaps += n - flood.n - 1;
    flood.n = n;
    flood.count++;
    flood.bar.value = n;
    const order = flood.gaps ? `${flood.gaps} are not there` : flood.first === 1 ? "each once, in order" : `from number ${flood.first} on, each once, in order`;
    flood.words.textContent = `A flood in ${channel}: ${flood.count.toLocaleString("en")} of ${of.toLocaleString("en")} events, ${order}`;
  }

  #entry({ actor, verb, text, time, ref, own }) {
    const likes = h("button", { type: "button", class: "like", "aria-label": `Like what ${actor} says`, on: { click: () => this.#like(ref, actor) } },
      icons.heart(), h("span", { class: "num" }));
    const words = SENTENCES[verb] ?? brief(verb, 20);
    return entryOf({
      kind: own || actor === this.#context.me.name ? "own" : "", data: { verb: String(verb) }, bead: avatar(brief(actor, 40)),
      head: [h("strong", {}, brief(actor, 40)), words && h("span", {}, ` ${words}`)], time,
    }, h("p", { class: "words" }, brief(text)),
    typeof ref === "string" && this.#context.nodes.demo && likes);
  }

  // Taking part.

  #composer() {
    const { me } = this.#context;
    const text = textField("text", "Text", { required: true, maxlength: "280", enterkeyhint: "send", placeholder: "Say it to every page" });
    const who = h("button", { type: "button", class: "quiet who", on: { click: () => rename.hidden ? open() : (rename.hidden = true) } });
    const send = sendForm(text, sendButton(), (said) => {
      text.value = "";
      if (said) {
        this.#say(said);
      }
    });
    const name = textField("name", "Your name", { required: true, maxlength: "24", autocapitalize: "none", spellcheck: "false" });
    const wrong = statusNote();
    const rename = sendForm(name, h("button", {}, "Take this name"), async (wanted) => {
      if (!NAME.test(wanted)) {
        wrong.textContent = "Use 1 to 24 letters, digits, - and _: the name becomes the subject of a token.";
        return;
      }
      try {
        await me.become(wanted);
        wrong.textContent = "";
        rename.hidden = true;
        text.focus();
      } catch (trouble) {
        wrong.textContent = reason(trouble);
      }
    }, wrong);
    rename.classList.add("rename");
    rename.hidden = true;
    const open = () => {
      rename.hidden = false;
      name.value = me.name;
      name.select();
    };
    const show = () => who.replaceChildren(avatar(me.name), h("span", {}, "You are ", h("strong", {}, me.name)));
    me.addEventListener("change", show);
    show();
    return h("div", { class: "composer" }, h("div", { class: "row" }, who), send, rename);
  }

  #say(text) {
    const activity = { verb: "say", text, ref: randomId() };
    const entry = this.#entry({ ...activity, actor: this.#context.me.name, time: new Date(), own: true });
    // Shown before it is sent. The stream brings it back, and the feed knows it by its ref.
    this.#feed.add(entry, { key: activity.ref, quiet: true });
    this.#send(entry, activity);
  }

  async #send(entry, activity) {
    entry.dataset.delivery = "sending";
    entry.querySelector(".trouble-line")?.remove();
    try {
      await this.#context.link.publish("activity", activity, { event: "activity", key: activity.ref });
      entry.dataset.delivery = "sent";
    } catch (trouble) {
      entry.dataset.delivery = "failed";
      entry.querySelector(".body").append(h("p", { class: "trouble-line" }, `Not sent: ${reason(trouble)} `,
        h("button", { type: "button", class: "quiet", on: { click: () => this.#send(entry, activity) } }, "Try again")));
    }
  }

  async #like(ref, actor) {
    const entry = this.#feed.entry(ref);
    try {
      await this.#context.link.publish("activity", { verb: "like", text: "", of: ref, whose: actor }, { event: "activity" });
    } catch (trouble) {
      entry?.querySelector(".like")?.setAttribute("title", reason(trouble));
    }
  }

  #showPause() {
    const { paused, waiting } = this.#feed;
    this.#pause.setAttribute("aria-pressed", String(paused));
    this.#pause.textContent = paused ? (waiting ? `Go on: ${plural(waiting, "new entry", "new entries")}` : "Go on") : "Pause";
  }
}

function addLike(entry, actor) {
  const likes = new Set(entry.dataset.likes ? entry.dataset.likes.split("\n") : []).add(actor);
  entry.dataset.likes = [...likes].join("\n");
  const button = entry.querySelector(".like");
  if (button) {
    button.classList.add("liked");
    button.title = [...likes].join(", ");
    button.lastElementChild.textContent = likes.size;
  }
}

function plainEntry({ channel, name, data, time }) {
  const text = typeof data?.text === "string" ? data.text : brief(data);
  return entryOf({ kind: "plain", head: h("code", {}, name === "message" ? channel : `${channel} · ${brief(name, 40)}`), time },
    h("p", { class: "words" }, brief(text)));
}
