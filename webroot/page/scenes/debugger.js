/** Everything by hand: a stream line by line, publishing, presence, history; each as a curl command. */

import { base } from "../demo-api.js";
import { brief, h, statusNote } from "../dom.js";
import { codeBlock, quoted } from "../how.js";

const LONGEST = 300;

export const id = "debugger";
export const title = "Debugger";

export class Scene {
  element;
  #context;
  #stream;
  #publish;
  #question;
  #claims;
  #raw;
  #status = statusNote();
  #stop;
  #lines = [];
  #drawing = false;

  constructor(context) {
    this.#context = context;
    this.#raw = h("pre", { class: "raw", tabindex: "0", role: "log", "aria-label": "Raw lines of the stream", "aria-live": "off" });
    this.#claims = h("pre", { class: "claims", hidden: true });
    this.#stop = h("button", { type: "button", disabled: true, on: { click: () => this.#close("Closed.") } }, "Close");
    this.#stream = this.#form("stream", [
      field("channels", "Channels, one a line", "activity\nsse", { rows: 2 }),
      field("last", "last", "5"), field("since", "since", ""), field("lastEventId", "lastEventId", ""), field("event", "event names", ""),
      choice("envelope", "envelope", ["", "cloudevents"]), choice("heartbeats", "heartbeats", ["", "true"]),
      field("token", "Token", "", { rows: 2 }),
    ], "Open the stream", () => this.#open());
    this.#publish = this.#form("publish", [
      field("channel", "Channel", "sse"), field("name", "Event name", ""), field("key", "Idempotency key", ""),
      field("body", "Data, JSON or text", '{"text": "Hello from the debugger"}', { rows: 3 }),
    ], "Publish", () => this.#send());
    this.#question = this.#form("ask", [
      choice("what", "Ask for", ["presence", "history"]), field("channel", "Channel", "activity"), field("last", "last", "3"),
    ], "Ask", () => this.#ask());
    this.#stream.form.elements.token.addEventListener("input", ({ target }) => this.#decode(target.value));
    this.#stream.form.querySelector(".buttons").append(this.#stop,
      context.nodes.demo && h("button", { type: "button", class: "quiet", on: { click: () => this.#mint() } }, "Take my token"));
    this.element = h("div", { class: "debugger" },
      section("A stream", this.#stream, this.#claims, this.#status, this.#raw),
      h("div", { class: "beside" }, section("Publish", this.#publish), section("Presence and history", this.#question)));
  }

  hide() {
    this.#close("Closed, because another scene is shown.");
  }

  #form(name, fields, action, submit) {
    const command = codeBlock("", `curl command: ${action}`, true);
    const form = h("form", { class: "fields", "aria-label": name, on: { submit: (event) => {
      event.preventDefault();
      submit();
    } } }, fields, h("div", { class: "buttons row" }, h("button", { class: "primary" }, action)));
    const update = () => {
      command.querySelector("code").textContent = COMMANDS[name](values(form));
    };
    form.addEventListener("input", update);
    update();
    const answer = h("pre", { class: "raw", tabindex: "0", role: "group", "aria-label": `Answer: ${action}`, hidden: true });
    return { form, command, update, answer };
  }

  // A stream by fetch, so that the lines are seen as they are.
  async #open() {
    this.#close("");
    const chosen = values(this.#stream.form);
    const abort = new AbortController();
    this.#abort = abort;
    this.#lines = [];
    this.#stop.disabled = false;
    this.#status.textContent = "Opening…";
    try {
      const response = await fetch(streamUrl(chosen), { signal: abort.signal, credentials: "include", headers: bearer(chosen.token) });
      this.#status.textContent = `${response.status} ${response.headers.get("content-type") ?? ""}`;
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        const lines = (rest + part.value).split("\n");
        rest = lines.pop();
        this.#add(lines);
      }
      this.#add([rest]);
      this.#status.textContent += " · the bridge has ended the stream";
    } catch (trouble) {
      if (!abort.signal.aborted) {
        this.#status.textContent = `The stream was cut: ${trouble.message}`;
      }
    }
    if (this.#abort === abort) {
      this.#stop.disabled = true;
    }
  }

  #abort;

  #close(words) {
    if (this.#abort && !this.#abort.signal.aborted) {
      this.#abort.abort();
      this.#status.textContent = words;
      this.#stop.disabled = true;
    }
  }

  #add(lines) {
    this.#lines.push(...lines);
    this.#lines.splice(0, this.#lines.length - LONGEST);
    if (!this.#drawing) {
      this.#drawing = true;
      requestAnimationFrame(() => {
        this.#drawing = false;
        const below = this.#raw.scrollHeight - this.#raw.scrollTop - this.#raw.clientHeight < 40;
        this.#raw.textContent = this.#lines.join("\n");
        if (below) {
          this.#raw.scrollTop = this.#raw.scrollHeight;
        }
      });
    }
  }

  async #send() {
    const chosen = values(this.#publish.form);
    this.#show(this.#publish, await answerOf(fetch(new URL(`publish/${encodeURIComponent(chosen.channel)}`, base), {
      method: "POST", credentials: "include", headers: { "Content-Type": "application/json" }, body: bodyOf(chosen),
    })));
  }

  async #ask() {
    this.#show(this.#question, await answerOf(fetch(askUrl(values(this.#question.form)), { credentials: "include" })));
  }

  #show({ answer }, text) {
    answer.hidden = false;
    answer.textContent = text;
    answer.scrollIntoView({ block: "nearest" });
  }

  async #mint() {
    const token = await this.#context.me.token();
    this.#stream.form.elements.token.value = token ?? "";
    this.#decode(token ?? "");
    this.#stream.update();
  }

  #decode(token) {
    const claims = claimsOf(token);
    this.#claims.hidden = !token;
    this.#claims.textContent = claims ? JSON.stringify(claims, null, 1) : "This is not a JWT: expected three parts between dots, in base64url.";
  }
}

function section(words, made, ...more) {
  return h("section", {}, h("h2", {}, words), made.form, made.command, made.answer, ...more);
}

function field(name, words, value, { rows } = {}) {
  const input = rows ? h("textarea", { name, rows, spellcheck: "false" }) : h("input", { type: "text", name, spellcheck: "false", autocomplete: "off" });
  input.value = value;
  return h("label", { class: rows && "wide" }, h("span", {}, words), input);
}

function choice(name, words, options) {
  return h("label", {}, h("span", {}, words), h("select", { name }, options.map((option) => h("option", { value: option }, option || "no"))));
}

const values = (form) => Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));

const bearer = (token) => (token ? { Authorization: `Bearer ${token}` } : {});

function streamUrl({ channels, last, since, lastEventId, event, envelope, heartbeats }) {
  const url = new URL("stream", base);
  channels.split("\n").map((name) => name.trim()).filter(Boolean).forEach((name) => url.searchParams.append("channel", name));
  event.split(/[\s,]+/).filter(Boolean).forEach((name) => url.searchParams.append("event", name));
  Object.entries({ last, since, lastEventId, envelope, heartbeats }).filter(([, value]) => value)
    .forEach(([name, value]) => url.searchParams.set(name, value));
  return url;
}

function askUrl({ what, channel, last }) {
  const url = new URL(`${what}/${encodeURIComponent(channel)}`, base);
  if (what === "history" && last) {
    url.searchParams.set("last", last);
  }
  return url;
}

function bodyOf({ name, key, body }) {
  let data = body;
  try {
    data = JSON.parse(body);
  } catch {
    // A text.
  }
  return JSON.stringify({ ...(name && { event: name }), ...(key && { key }), data });
}

const COMMANDS = {
  stream: (chosen) => `curl -N ${quoted(streamUrl(chosen))}${chosen.token ? ` \\\n  -H ${quoted(`Authorization: Bearer ${chosen.token}`)}` : ""}`,
  publish: (chosen) => `curl ${quoted(new URL(`publish/${encodeURIComponent(chosen.channel)}`, base))} \\\n  -H 'Content-Type: application/json' \\\n  -d ${quoted(bodyOf(chosen))}`,
  ask: (chosen) => `curl ${quoted(askUrl(chosen))}`,
};

async function answerOf(asked) {
  try {
    const response = await asked;
    const text = await response.text();
    return `${response.status}\n${brief(pretty(text), 20_000)}`;
  } catch (trouble) {
    return `No answer: ${trouble.message}`;
  }
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 1);
  } catch {
    return text;
  }
}

function claimsOf(token) {
  try {
    const bytes = Uint8Array.from(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
