/** A match, ball by ball, by a Vert.x service that knows nothing of browsers. */

import { post } from "../demo-api.js";
import { brief, chips, h, statusNote } from "../dom.js";
import { entryOf, Feed } from "../feed.js";
import { reason } from "../problem.js";

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

export class Scene {
  element;
  #context;
  #feed = new Feed(h("ol", { class: "feed balls", "aria-label": "Balls, newest first", data: { filter: "all" } }), 80);
  #score = h("p", { class: "score num" }, "–");
  #over = h("p", { class: "over num" });
  #text = h("p", { class: "last" }, "No match yet. Start one: it takes about 90 seconds.");
  #balls = h("ol", { class: "this-over", "aria-label": "This over" });
  #note = statusNote();
  #opened = false;

  constructor(context) {
    this.#context = context;
    const start = h("button", { type: "button", class: "primary", hidden: !context.nodes.demo, on: { click: () => this.#play() } }, "Start a match");
    const filter = chips("Show", "balls", FILTERS, "all", (value) => {
      this.#feed.list.dataset.filter = value;
    });
    this.element = h("div", { class: "stack" }, h("div", { class: "board" }, this.#score, this.#over, this.#balls, this.#text),
      h("div", { class: "row" }, start, filter), this.#note, this.#feed.list);
  }

  show() {
    if (!this.#opened) {
      this.#opened = true;
      this.#context.link.bridge.add(CHANNEL, { last: 12 }).catch((trouble) => this.#say(trouble));
    }
  }

  event({ channel, name, data, time, replayed }) {
    if (channel !== CHANNEL || name !== "ball" || data?.over === undefined) {
      return;
    }
    const [over, text, score] = [data.over, data.text, data.score].map((value) => brief(value, 200));
    const result = data.wicket === true ? "W" : data.runs > 0 ? brief(data.runs, 3) : "•";
    const kind = data.wicket === true ? "wicket" : data.runs >= 4 ? "boundary" : "run";
    this.#score.textContent = score;
    this.#over.textContent = `Over ${over}`;
    this.#text.textContent = text;
    if (over.endsWith(".1") || this.#balls.childElementCount >= BALLS_PER_OVER) {
      this.#balls.replaceChildren();
    }
    this.#balls.append(h("li", { data: { kind } }, result));
    const players = data.bowler && data.batter ? `${brief(data.bowler, 40)} to ${brief(data.batter, 40)}` : "";
    this.#feed.add(entryOf({ kind: "ball", data: { kind }, bead: result, head: [h("strong", { class: "num" }, over), ` ${players}`], time },
      h("p", { class: "words" }, h("span", {}, text), h("span", { class: "total num" }, score))), { quiet: replayed });
    if (!replayed && kind !== "run" && !this.element.closest("[hidden]")) {
      this.#context.announce(`${text} ${score}`);
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
    this.#note.textContent = reason(trouble);
  }
}
