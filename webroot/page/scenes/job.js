/** A job: 202 and a stream, its progress as it goes, and the end by another service's webhook. */

import { brief, h } from "../dom.js";
import { base, post } from "../demo-api.js";
import { Feed } from "../feed.js";
import { timeElement } from "../time.js";

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

export function build(context) {
  return new Job(context);
}

class Job {
  element;
  #context;
  #feed;
  #channel;
  #receipt;
  #bar;
  #percent;
  #result;
  #start;

  constructor(context) {
    this.#context = context;
    this.#start = h("button", { type: "button", class: "primary", on: { click: () => this.#run() } }, "Start a job");
    this.#receipt = h("p", { class: "note", role: "status" }, "The answer is 202 with the address of a stream. The job takes about 12 seconds.");
    this.#bar = h("progress", { max: "100", value: "0", "aria-label": "Progress of the job" });
    this.#percent = h("span", { class: "num percent" }, "");
    this.#result = h("p", { class: "result", hidden: true });
    const list = h("ol", { class: "feed log", "aria-label": "Log, newest first" });
    this.#feed = new Feed(list, { longest: 60 });
    this.element = h("div", { class: "stack" }, h("div", { class: "row start" }, this.#start, this.#receipt),
      h("div", { class: "row progress" }, this.#bar, this.#percent), this.#result, list);
  }

  event({ channel, name, data, time, replayed }) {
    if (channel !== this.#channel) {
      return;
    }
    if (name === "progress") {
      this.#progress(Number(data?.percent));
    } else if (name === "done") {
      this.#progress(100);
      this.#done(data);
    } else {
      this.#feed.add(h("li", { class: "entry plain" }, h("span", { class: "bead" }), h("div", { class: "body" },
        h("p", { class: "head" }, h("span", { class: "words" }, brief(data)), timeElement(time)))), { quiet: replayed });
    }
  }

  end({ channel }) {
    if (channel === this.#channel) {
      this.#start.disabled = false;
      this.#context.link.bridge.remove(channel);
    }
  }

  knot(entry) {
    if (this.#channel) {
      this.#feed.add(entry, { quiet: true });
    }
  }

  #progress(percent) {
    this.#bar.value = percent;
    this.#percent.textContent = `${percent} %`;
  }

  #done(data) {
    const link = typeof data?.result === "string" ? h("a", { href: new URL(data.result, base).href, target: "_blank", rel: "noopener" }, "Open the result") : undefined;
    this.#result.replaceChildren(h("strong", {}, brief(data?.status ?? "finished", 40)),
      data?.rows === undefined ? "" : `, ${Number(data.rows).toLocaleString("en")} rows. `, link ?? "",
      h("span", { class: "note" }, " Told by a webhook; the channel has ended."));
    this.#result.hidden = false;
    this.#context.announce(`The job is ${brief(data?.status ?? "finished", 40)}`);
  }

  async #run() {
    this.#start.disabled = true;
    this.#result.hidden = true;
    this.#feed.clear();
    this.#progress(0);
    try {
      const job = await post("demo/jobs", {}, this.#context.link.base());
      this.#channel = job.channel;
      this.#receipt.replaceChildren("202 · ", h("code", {}, job.stream));
      await this.#context.link.bridge.add(job.channel, { last: 500 });
    } catch (trouble) {
      this.#start.disabled = false;
      this.#receipt.textContent = trouble.message;
    }
  }
}
