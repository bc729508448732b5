/** A job: 202 and a stream, its progress as it goes, and the end by another service's webhook. */

import { base } from "../demo-api.js";
import { brief, h } from "../dom.js";
import { entryOf, Feed } from "../feed.js";
import { Followed } from "./followed.js";

export const id = "job";
export const title = "Job";
export const demoOnly = true;

export const how = (root, path) => ({
  page: `const answer = await fetch("${path}demo/jobs",
  { method: "POST" });
const { stream } = await answer.json(); // 202

const events = new EventSource("${path}" + stream);
events.addEventListener("progress", ({ data }) =>
  bar.value = JSON.parse(data).percent);
events.addEventListener("done", ({ data }) =>
  show(JSON.parse(data)));
events.addEventListener("stream-end", () =>
  events.close());`,
  curl: `# Start a job, and read its stream
curl -X POST '${root}demo/jobs'
curl -N '${root}stream/jobs.ID?last=100'

# How it ends: a webhook posts its own JSON
QUERY='raw=true&event=done&end=true&key=callback-1'
curl "${root}publish/jobs.ID?$QUERY" \\
  -H 'Content-Type: application/json' \\
  -d '{"status": "finished", "rows": 12840}'`,
  vertx: `String channel = "jobs." + UUID.randomUUID();
work.progress(percent -> vertx.eventBus()
    .request("sse.publish",
        new JsonObject().put("percent", percent),
        new DeliveryOptions().addHeader("channel", channel)
            .addHeader("event", "progress")));
// The answer to the POST
response.setStatusCode(202)
    .end(new JsonObject().put("channel", channel).encode());`,
  note: "The end is an event too: late subscribers get everything, then the end, and an EventSource stops for good.",
});

export class Scene extends Followed {
  element;
  starter = h("button", { type: "button", class: "primary", on: { click: () => this.start({}, (stream) => ["202 · ", h("code", {}, stream)]) } }, "Start a job");
  #feed = new Feed(h("ol", { class: "feed log", "aria-label": "Log, newest first" }), 60);
  #bar = h("progress", { max: "100", value: "0", "aria-label": "Progress of the job" });
  #percent = h("span", { class: "num percent" });
  #result = h("p", { class: "result", hidden: true });

  constructor(context) {
    super(context, id, "The answer is 202 with the address of a stream. The job takes about 12 seconds.");
    this.element = h("div", { class: "stack" }, h("div", { class: "row" }, this.starter, this.note), this.share,
      h("div", { class: "row progress" }, this.#bar, this.#percent), this.#result, this.#feed.list);
  }

  clear() {
    this.#result.hidden = true;
    this.#feed.clear();
    this.#progress(0);
  }

  event({ channel, name, data, time, replayed }) {
    if (channel !== this.channel) {
      return;
    }
    if (name === "progress") {
      this.#progress(Number(data?.percent));
    } else if (name === "done") {
      this.#progress(100);
      this.#done(data ?? {});
    } else {
      this.#feed.add(entryOf({ kind: "plain", head: h("span", { class: "words" }, brief(data)), time }), { quiet: replayed });
    }
  }

  knot(entry) {
    if (this.channel) {
      this.#feed.add(entry, { quiet: true });
    }
  }

  #progress(percent) {
    this.#bar.value = percent;
    this.#percent.textContent = `${percent} %`;
  }

  #done({ status = "finished", rows, result } = {}) {
    this.#result.replaceChildren(h("strong", {}, brief(status, 40)),
      rows === undefined ? "" : `, ${Number(rows).toLocaleString("en")} rows. `,
      typeof result === "string" ? h("a", { href: new URL(result, base).href, target: "_blank", rel: "noopener" }, "Open the result") : "",
      h("span", { class: "note" }, " Told by a webhook; the channel has ended."));
    this.#result.hidden = false;
    this.context.announce(`The job is ${brief(status, 40)}`);
  }
}
