/** The same channel as three people: who gets which event is decided by the bridge, from the reader's token. */

import { base, baseOf, post } from "../demo-api.js";
import { brief, chips, h, sendForm, statusNote, textField } from "../dom.js";
import { entryOf, Feed } from "../feed.js";
import { reason } from "../problem.js";

const CHANNEL = "personal";
const READERS = [
  { sub: "ada", role: "admin" },
  { sub: "max", role: "member" },
  { sub: "gil", role: "guest" },
];
const CHOICES = {
  all: { words: "everybody", fields: {} },
  admin: { words: "admins", fields: { to: { role: "admin" } } },
  member: { words: "members", fields: { to: { role: "member" } } },
  max: { words: "max only", fields: { to: { sub: "max" } } },
  except: { words: "all but guests", fields: { except: { role: "guest" } } },
};

export const id = "personal";
export const title = "Personal";
export const demoOnly = true;

export const how = (root, path) => ({
  page: `// The token of the session has
// "properties": {"role": "admin"}
const events = new EventSource("${path}stream/personal");
events.addEventListener("notice", ({ data }) =>
  show(data));`,
  curl: `# Only admins get it. "except" is the opposite of "to"
curl '${root}publish/personal' \\
  -H 'Content-Type: application/json' -d '{
  "event": "notice", "data": "Disk almost full",
  "to": {"role": "admin"}}'`,
  vertx: `vertx.eventBus()
    .request("sse.publish", "Disk almost full",
        new DeliveryOptions()
            .addHeader("channel", "personal")
            .addHeader("event", "notice")
            .addHeader("to", "{\\"role\\": \\"admin\\"}"));`,
  note: "Three streams of one channel, each with the token of another person. An event that is not for you never leaves the node.",
});

export class Scene {
  element;
  #context;
  #choice = "admin";
  #note = statusNote();
  #readers = READERS.map((reader) => {
    const list = h("ol", { class: "feed", "aria-label": `What ${reader.sub} gets, newest first` });
    return { ...reader, list, feed: new Feed(list, 30), source: undefined, state: h("p", { class: "note" }, "…") };
  });
  #opening = 0;

  constructor(context) {
    this.#context = context;
    const words = Object.entries(CHOICES).map(([value, choice]) => [value, choice.words]);
    this.element = h("div", { class: "stack" },
      h("div", { class: "stack tight" },
        chips("Send to", "to", Object.fromEntries(words), this.#choice, (value) => {
          this.#choice = value;
        }),
        sendForm(textField("text", "Notice", { required: true, maxlength: "200", value: "Disk almost full" }),
          h("button", { class: "primary" }, "Send"), (text) => this.#send(text))),
      this.#note,
      h("div", { class: "columns" }, this.#readers.map(({ sub, role, list, state }) =>
        h("section", { class: "reader", "aria-label": `${sub}, ${role}` }, h("h3", {}, sub, h("span", { class: "note" }, ` ${role}`)), state, list))));
  }

  async show() {
    const turn = ++this.#opening;
    const live = this.#context.nodes.live();
    for (const [index, reader] of this.#readers.entries()) {
      try {
        const { token } = await post("demo/token", { sub: reader.sub, properties: { role: reader.role } }, this.#context.link.base());
        if (turn !== this.#opening) {
          return;
        }
        // Through whichever node: each has six connections of its own.
        this.#open(reader, token, live.length ? baseOf(live[index % live.length]) : base);
      } catch (trouble) {
        reader.state.textContent = trouble.message;
      }
    }
  }

  /** The connections are not kept for a scene that nobody sees. */
  hide() {
    this.#opening++;
    this.#readers.forEach(({ source }) => source?.close());
  }

  #open(reader, token, from) {
    reader.source?.close();
    const url = new URL(`stream/${CHANNEL}`, from);
    url.searchParams.set("access_token", token);
    const source = new EventSource(url);
    source.addEventListener("stream-open", () => {
      reader.state.textContent = `listens at :${from.port || 80}`;
    });
    source.addEventListener("error", () => {
      reader.state.textContent = "reconnects";
    });
    source.addEventListener("notice", ({ data }) => {
      reader.feed.add(entryOf({ kind: "plain", head: h("span", { class: "words" }, brief(data, 200)), time: new Date() }));
    });
    reader.source = source;
  }

  async #send(text) {
    const { words, fields } = CHOICES[this.#choice];
    try {
      await this.#context.link.publish(CHANNEL, text, { event: "notice", ...fields });
      this.#note.textContent = `Sent to ${words}: one event, once numbered, and each node picks its readers.`;
    } catch (trouble) {
      this.#note.textContent = reason(trouble);
    }
  }
}
