/** An answer that streams word by word. */

import { brief, h, sendForm, textField } from "../dom.js";
import { Followed } from "./followed.js";

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

export class Scene extends Followed {
  element;
  starter = h("button", { class: "primary" }, "Ask");
  #question = h("p", { class: "question" });
  #answer = h("p", { class: "answer", "aria-live": "off" });
  #words = 0;
  #next = 0;
  #broken = 0;

  constructor(context) {
    super(context, id, "The answer takes about 20 seconds: time enough to reload, or to kill the node.");
    const question = textField("question", "Question", { maxlength: "200", value: "Why is nothing missed?" });
    this.element = h("div", { class: "stack" },
      sendForm(question, this.starter, (asked) => this.start(asked ? { question: asked } : {},
        () => ["Reload, cut the connection, or kill the node: the answer goes on exactly there."])),
      this.note, this.share, h("div", { class: "paper" }, this.#question, this.#answer));
  }

  clear() {
    this.#words = this.#next = this.#broken = 0;
    this.#answer.replaceChildren();
    this.#answer.classList.add("open");
    this.#question.textContent = "";
  }

  event({ channel, name, data }) {
    if (channel !== this.channel) {
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
      this.note.textContent = `The end, as an event: ${this.#words} of ${brief(data?.words, 10)} words, `
        + `${this.#broken ? `${this.#broken} breaks` : "each once, in order"}.`;
      this.context.announce(this.#answer.textContent);
    }
  }

  knot() {
    if (this.channel && this.#answer.classList.contains("open")) {
      this.#answer.append(h("span", { class: "tie", title: "The page was away here" }, "⁕"));
    }
  }
}
