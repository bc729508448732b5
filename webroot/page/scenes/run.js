/** An answer that streams word by word. Its channel is in the address of the page, so a reload or another device goes on. */

import { brief, h } from "../dom.js";
import { post } from "../demo-api.js";
import { copyButton } from "../how.js";

export const id = "run";
export const title = "Agent run";
export const demoOnly = true;

export const how = (root, path) => ({
  page: `const run = new EventSource("${path}stream/runs.ID?last=500");

run.addEventListener("word", ({ data }) =>
  answer.append(JSON.parse(data).text));
run.addEventListener("stream-end", () => run.close());

// Reload, or open the page on another device: these
// lines bring the words so far, and then the next ones`,
  curl: `# Ask
curl -X POST '${root}demo/runs' \\
  -H 'Content-Type: application/json' \\
  -d '{"question": "Why is nothing missed?"}'

# Read. Press Ctrl-C in the middle, and read it again
curl -N '${root}stream/runs.ID?last=500'`,
  vertx: `// Each word is one event. The key makes a retry safe
model.answer(question, (n, text) ->
    vertx.eventBus().request("sse.publish",
        new JsonObject().put("n", n).put("text", text),
        new DeliveryOptions()
            .addHeader("channel", "runs." + id)
            .addHeader("event", "word")
            .addHeader("key", "word-" + n)));`,
  note: "The words are events with a history. The reader may go away at any time, and the writer does not notice.",
});

export function build(context) {
  return new Run(context);
}

class Run {
  element;
  #context;
  #channel;
  #question;
  #answer;
  #note;
  #ask;
  #share;
  #words = 0;
  #next = 0;
  #broken = 0;
  #returns = 0;

  constructor(context) {
    this.#context = context;
    const question = h("input", { type: "text", name: "question", maxlength: "200", value: "Why is nothing missed?", "aria-label": "Question", autocomplete: "off" });
    this.#ask = h("button", { class: "primary" }, "Ask");
    this.#question = h("p", { class: "question" });
    this.#answer = h("p", { class: "answer", "aria-live": "off" });
    this.#note = h("p", { class: "note", role: "status" }, "The answer takes about 20 seconds: time enough to reload, or to kill the node.");
    this.#share = h("div", { class: "row", hidden: true },
      h("button", { type: "button", on: { click: () => location.reload() } }, "Reload this page now"),
      copyButton(() => location.href, "Copy the address for another device"));
    this.element = h("div", { class: "stack" },
      h("form", { class: "send", on: { submit: (event) => {
        event.preventDefault();
        this.#start(question.value.trim());
      } } }, question, this.#ask),
      this.#note, this.#share, h("div", { class: "paper" }, this.#question, this.#answer));
  }

  show() {
    const found = /^#run=([\w-]{1,60})$/.exec(location.hash);
    if (found && !this.#channel) {
      this.#follow(`runs.${found[1]}`, "This page was loaded in the middle. The words so far came from the history.");
    }
  }

  event({ channel, name, data }) {
    if (channel !== this.#channel) {
      return;
    }
    if (name === "question") {
      this.#question.textContent = brief(data?.text, 200);
    } else if (name === "word") {
      this.#broken += Number(data?.n) === this.#next ? 0 : 1;
      this.#next = Number(data?.n) + 1;
      this.#words++;
      this.#answer.append(h("span", { class: "word" }, brief(data?.text, 100)));
    } else if (name === "done") {
      this.#answer.classList.remove("open");
      this.#note.textContent = `The end, as an event: ${this.#words} of ${brief(data?.words, 10)} words, `
        + `${this.#broken ? `${this.#broken} breaks` : "each once, in order"}.`;
      this.#context.announce(this.#answer.textContent);
    }
  }

  end({ channel }) {
    if (channel === this.#channel) {
      this.#ask.disabled = false;
      this.#context.link.bridge.remove(channel);
    }
  }

  knot() {
    if (this.#channel && this.#answer.classList.contains("open")) {
      this.#answer.append(h("span", { class: "tie", title: "The page was away here" }, "⁕"));
    }
  }

  async #start(question) {
    this.#ask.disabled = true;
    try {
      const run = await post("demo/runs", question ? { question } : {}, this.#context.link.base());
      history.replaceState(null, "", `#run=${run.id}`);
      await this.#follow(run.channel, "Reload, cut the connection, or kill the node: the answer goes on exactly there.");
    } catch (trouble) {
      this.#ask.disabled = false;
      this.#note.textContent = trouble.message;
    }
  }

  async #follow(channel, words) {
    this.#channel = channel;
    this.#words = this.#next = this.#broken = 0;
    this.#answer.replaceChildren();
    this.#answer.classList.add("open");
    this.#question.textContent = "";
    this.#note.textContent = words;
    this.#share.hidden = false;
    try {
      await this.#context.link.bridge.add(channel, { last: 500 });
    } catch (trouble) {
      this.#note.textContent = trouble.message;
    }
  }
}
