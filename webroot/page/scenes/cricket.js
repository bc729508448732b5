/** A match, ball by ball, by a Vert.x service that knows nothing of browsers. */

import { brief, h } from "../dom.js";
import { post } from "../demo-api.js";
import { Feed } from "../feed.js";
import { timeElement } from "../time.js";

const CHANNEL = "scores.demo";
const BALLS_PER_OVER = 6;
const FILTERS = { all: "All", boundary: "Fours and sixes", wicket: "Wickets" };

export const id = "cricket";
export const title = "Cricket";

export const how = (base, path) => ({
  page: `const match = new EventSource(
  "${path}stream/scores.demo?last=6");

match.addEventListener("ball", ({ data }) => {
  const { over, text, score } = JSON.parse(data);
  board.textContent = score;
  log.prepend(\`\${over}  \${text}\\n\`);
});`,
  curl: `# The balls as they come, and the six before
curl -N '${base}stream/scores.demo?last=6&event=ball'

# The history as JSON
curl '${base}history/scores.demo?last=6'`,
  vertx: `// The rule: {channel: "scores.{match}",
//            address: "cricket.{match}.score"}
JsonObject ball = new JsonObject()
    .put("over", "3.2").put("runs", 4)
    .put("text", "FOUR!").put("score", "24/1");
vertx.eventBus().publish("cricket.demo.score",
    ball, new DeliveryOptions().addHeader("event", "ball"));`,
  note: "The service publishes on its own address. A rule of the bridge maps the address to the channel.",
});

export function build(context) {
  return new Cricket(context);
}

class Cricket {
  element;
  #context;
  #feed;
  #fields;
  #over;
  #start;
  #note;
  #opened = false;

  constructor(context) {
    this.#context = context;
    const list = h("ol", { class: "feed balls", "aria-label": "Balls, newest first", data: { filter: "all" } });
    this.#feed = new Feed(list, { longest: 80 });
    this.#fields = { score: h("p", { class: "score num" }, "–"), over: h("p", { class: "over num" }, ""), text: h("p", { class: "last" }, "No match yet. Start one: it takes about 90 seconds.") };
    this.#over = h("ol", { class: "this-over", "aria-label": "This over" });
    this.#note = h("p", { class: "note", role: "status" });
    this.#start = h("button", { type: "button", class: "primary", hidden: !context.nodes.demo, on: { click: () => this.#play() } }, "Start a match");
    const filter = h("div", { class: "chips", role: "radiogroup", "aria-label": "Show" }, Object.entries(FILTERS).map(([value, words]) =>
      h("label", {}, h("input", { type: "radio", name: "balls", value, checked: value === "all", on: { change: () => { list.dataset.filter = value; } } }), h("span", {}, words))));
    this.element = h("div", { class: "stack" },
      h("div", { class: "board", id: "scoreboard" }, this.#fields.score, this.#fields.over, this.#over, this.#fields.text),
      h("div", { class: "row" }, this.#start, filter), this.#note, list);
  }

  show() {
    if (!this.#opened) {
      this.#opened = true;
      this.#context.link.bridge.add(CHANNEL, { last: 12 }).catch((trouble) => this.#say(trouble));
    }
    this.#start.hidden = !this.#context.nodes.demo;
  }

  event({ channel, name, data, time, replayed }) {
    if (channel !== CHANNEL || name !== "ball" || data?.over === undefined) {
      return;
    }
    const result = data.wicket === true ? "W" : data.runs > 0 ? brief(data.runs, 3) : "•";
    const kind = data.wicket === true ? "wicket" : data.runs >= 4 ? "boundary" : "run";
    this.#fields.score.textContent = brief(data.score, 20);
    this.#fields.over.textContent = `Over ${brief(data.over, 10)}`;
    this.#fields.text.textContent = brief(data.text, 200);
    if (String(data.over).endsWith(".1") || this.#over.childElementCount >= BALLS_PER_OVER) {
      this.#over.replaceChildren();
    }
    this.#over.append(h("li", { data: { kind } }, result));
    const players = data.bowler && data.batter ? `${brief(data.bowler, 40)} to ${brief(data.batter, 40)}` : "";
    this.#feed.add(h("li", { class: "entry ball", data: { kind } }, h("span", { class: "bead" }, result),
      h("div", { class: "body" },
        h("p", { class: "head" }, h("strong", { class: "num" }, brief(data.over, 10)), ` ${players}`, timeElement(time)),
        h("p", { class: "words" }, h("span", {}, brief(data.text, 200)), h("span", { class: "total num" }, brief(data.score, 20))))), { quiet: replayed });
    if (!replayed && kind !== "run" && !this.element.closest("[hidden]")) {
      this.#context.announce(`${brief(data.text, 120)} ${brief(data.score, 20)}`);
    }
  }

  knot(entry) {
    this.#feed.add(entry, { quiet: true });
  }

  async #play() {
    try {
      const { balls } = await post("demo/match", {}, this.#context.link.base());
      this.#note.textContent = `${balls} balls. Kill the node meanwhile: another one goes on with the match.`;
    } catch (trouble) {
      this.#say(trouble);
    }
  }

  #say(trouble) {
    this.#note.textContent = trouble.message;
  }
}
