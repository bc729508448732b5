/** The other clients of src/docs/clients.md, as they stand there. A client is skipped where its library is not installed. */

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Bridge, token } from "../testing/bridge.js";
import { numbers, until } from "../testing/probe.js";
import { Proxy } from "../testing/proxy.js";

const DOCUMENT = readFileSync(new URL("../../docs/clients.md", import.meta.url), "utf8");
const hasRequests = spawnSync("python3", ["-c", "import requests"]).status === 0;
const polyfill = await import("event-source-polyfill").then((module) => module.default ?? module, () => undefined);
let node;
let proxy;

before(async () => {
  node = await Bridge.start();
  proxy = await Proxy.start(node.port);
});
after(async () => {
  proxy.close();
  await node.close();
});

/** The code of the document that contains these words. */
function code(language, words) {
  const found = [...DOCUMENT.matchAll(/```(\w+)\n(.*?)```/gs)].find(([, each, text]) => each === language && text.includes(words));
  return found[2];
}

async function publishWithACut(channel, isOpen, got) {
  await until(isOpen, "an open stream");
  await node.publishAll(channel, ...numbers(1, 3));
  await until(() => got().length === 3, () => `three in ${got()}`);
  proxy.cut();
  await node.publishAll(channel, ...numbers(4, 9));
  await until(() => got().length >= 9, () => `nine in ${got()}`);
  assert.deepEqual(got(), numbers(1, 9));
}

test("the client in Python loses no event when it is cut, and ends when it is refused", { skip: hasRequests ? false : "requests for Python is not installed" }, async () => {
  const program = `import sys, time, requests\n${code("python", "def events(")}
for name, data in events(sys.argv[1]):
    if name in ("stream-open", "message"):
        print(data, flush=True)
`;
  const python = spawn("python3", ["-c", program, `${proxy.url}stream?channel=public.python`]);
  try {
    let printed = "";
    python.stdout.on("data", (bytes) => (printed += bytes));
    await publishWithACut("public.python", () => printed.includes("{"), () => printed.split("\n").map(Number).filter((n) => n > 0));
  } finally {
    python.kill("SIGKILL");
  }

  const refused = spawnSync("python3", ["-c", program, `${node.url}stream?channel=team.python`], { timeout: 10_000 });
  assert.equal(refused.status, 0);
});

test("the polyfill sends its token, and loses no event when it is cut", { skip: polyfill ? false : "event-source-polyfill is not installed" }, async () => {
  const text = code("js", "new EventSourcePolyfill").replace(/^import .+\n/m, "").replace('"/stream', '`${url}stream').replace('heartbeats=true"', "heartbeats=true`");
  const start = new Function("EventSourcePolyfill", "url", "token", `${text}\nreturn events;`);
  const events = start(polyfill.EventSourcePolyfill, proxy.url, token());
  try {
    const got = [];
    let isOpen = false;
    events.addEventListener("stream-open", () => (isOpen = true));
    events.onmessage = ({ data }) => got.push(Number(data));
    await publishWithACut("team.a", () => isOpen, () => got);
  } finally {
    events.close();
  }
});
