import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, before, test } from "node:test";
import { Bridge, token } from "../testing/bridge.js";
import { numbers, Probe, until } from "../testing/probe.js";
import { Proxy } from "../testing/proxy.js";
import { BridgeError, SseBridge } from "../sse-bridge.js";

let node;
let proxy;
let cleanUps = [];
let count = 0;

before(async () => {
  node = await Bridge.start();
});
afterEach(async () => {
  for (const cleanUp of cleanUps.reverse()) {
    await cleanUp();
  }
  cleanUps = [];
  proxy = undefined;
});
after(() => node.close());

/** A name that no other test uses. */
function unused(prefix = "public") {
  return `${prefix}.${++count}`;
}

function open(options) {
  const probe = new Probe(new SseBridge({ url: (proxy ?? node).url, ...options }));
  cleanUps.push(() => probe.bridge.close());
  return probe;
}

async function openBehindProxy(options) {
  proxy = await Proxy.start(node.port);
  const opened = proxy;
  cleanUps.push(() => opened.close());
  const probe = open(options);
  await probe.state("live");
  return probe;
}

/** A server that answers the requests for streams with these functions, one after the other, and then not at all. */
async function fakeNode(...answers) {
  const requests = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answers.shift()?.(response, request);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  cleanUps.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}/`, requests };
}

const OPEN = 'event: stream-open\ndata: {"channels":["public.a"],"node":"n","time":"2026-01-01T00:00:00Z","heartbeatMillis":60000}\nid: o\n\n';

function eventText(sequence, data = sequence, tag = "00000a", id = `i${sequence}-${tag}`) {
  const envelope = { id: `${sequence}-${tag}`, channel: "public.a", type: "message", time: "2026-01-01T00:00:01Z", data };
  return `data: ${JSON.stringify(envelope)}\nid: ${id}\n\n`;
}

function stream(...texts) {
  return (response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write(`retry: 20\n\n${texts.join("")}`);
  };
}

function endedStream(...texts) {
  return (response) => {
    stream(...texts)(response);
    response.end();
  };
}

test("an event comes with its channel, name, data, time and place", async () => {
  const channel = unused();
  const probe = open({ channels: [channel] });
  await probe.state("live");
  const goals = [];
  probe.bridge.channel(channel).on("goal", (event) => goals.push(event.data));
  await node.publish(channel, { n: 1 }, { event: "goal" });
  await node.publish(channel, "a text\nof two lines");
  const { sequence } = await node.publish(channel, "123");

  await probe.exactly({ n: 1 }, "a text\nof two lines", "123");
  const [goal, text, last] = probe.said.event;
  assert.deepEqual([goal.channel, goal.name, text.name], [channel, "goal", "message"]);
  assert.ok(Math.abs(goal.time - Date.now()) < 10_000);
  assert.equal(last.sequence, sequence);
  assert.match(last.tag, /^[0-9a-f]{6}$/);
  assert.equal(last.id, probe.bridge.lastEventId);
  assert.equal(last.replayed, false);
  assert.deepEqual(goals, [{ n: 1 }]);
});

test("a stream that is cut again and again loses no event and repeats none", async () => {
  const channel = unused();
  const probe = await openBehindProxy({ channels: [channel, unused()] });
  for (const n of numbers(1, 60)) {
    if (n % 15 === 0) {
      proxy.cut();
    }
    await node.publish(channel, n);
  }

  await probe.exactly(...numbers(1, 60));
});

test("a returning stream tells how many events it has missed, and how long it was away", async () => {
  const channel = unused();
  const probe = await openBehindProxy({ channels: [channel] });
  await node.publish(channel, 0);
  await probe.exactly(0);
  proxy.refuse();
  await probe.state("waiting");
  await node.publishAll(channel, 1, 2, 3);
  proxy.pass();

  const { events, awayMillis, node: id } = await probe.first("caughtup");
  assert.equal(events, 3);
  assert.ok(awayMillis > 0 && awayMillis < 5_000);
  assert.equal(id, probe.bridge.state.node);
  assert.deepEqual(probe.said.event.map(({ replayed }) => replayed), [false, true, true, true]);
});

test("a 502 from a gateway is waited out, and nothing is lost", async () => {
  const channel = unused();
  const probe = await openBehindProxy({ channels: [channel] });
  await node.publish(channel, 1);
  await probe.exactly(1);
  proxy.refuse();
  await node.publish(channel, 2);
  const waiting = await until(() => probe.said.state.find(({ problem }) => problem?.status === 502), "502");
  assert.equal(waiting.state, "waiting");
  assert.ok(waiting.retryAt > Date.now() - 5_000);
  proxy.pass();

  await probe.exactly(1, 2);
});

test("a dead link is noticed after three heartbeats", async () => {
  const channel = unused();
  const probe = await openBehindProxy({ channels: [channel] });
  await probe.first("heartbeat");
  proxy.swallow();
  const since = Date.now();
  await node.publish(channel, 1);
  await probe.state("stale");
  assert.ok(Date.now() - since > 550, `${Date.now() - since} ms`);
  assert.ok(Date.now() - since < 2_500, `${Date.now() - since} ms`);
  proxy.pass();

  await probe.exactly(1);
});

test("heartbeats move the id on, so that a filtered stream returns to its newest place", async () => {
  const channel = unused();
  const probe = open({ channels: [channel], events: ["goal"] });
  const { id } = await until(() => probe.bridge.lastEventId && { id: probe.bridge.lastEventId }, "id");
  await node.publish(channel, 1, { event: "other" });
  await until(() => probe.bridge.lastEventId !== id, "another id");
  await node.publish(channel, 2, { event: "goal" });

  await probe.exactly(2);
});

test("last and since begin in the history", async () => {
  const channel = unused();
  await node.publishAll(channel, 1, 2);
  const since = new Date();
  await new Promise((done) => setTimeout(done, 5));
  await node.publishAll(channel, 3, 4);

  await open({ channels: [channel], last: 3 }).exactly(2, 3, 4);
  const probe = open({ channels: [channel], since });
  await probe.exactly(3, 4);
  assert.ok(probe.said.event.every(({ replayed }) => replayed));
});

test("an open stream gets a new token before the old one expires", async () => {
  let asked = 0;
  const probe = open({ channels: [unused("team")], token: () => token({ seconds: asked++ === 0 ? 4 : 3_600 }) });
  const { expires, subscriber } = await probe.state("live");
  await until(() => probe.bridge.state.expires > expires, "a later expiry");

  assert.equal(probe.bridge.state.subscriber, subscriber);
  assert.equal(asked, 2);
});

test("an expired token is renewed, and nothing is lost", async () => {
  const channel = unused("team");
  let asked = 0;
  const renewed = () => {
    if (++asked === 2) {
      throw new Error("The issuer is away for a moment");
    }
    return token({ seconds: asked === 1 ? 2 : 3_600 });
  };
  const probe = open({ channels: [channel], token: renewed });
  const { subscriber } = await probe.state("live");
  const publishing = node.publishAll(channel, 1, 2, 3);
  await until(() => probe.said.state.some((state) => state.state === "live" && state.subscriber !== subscriber), "another stream");
  await node.publish(channel, 4);
  await publishing;

  await probe.exactly(1, 2, 3, 4);
});

test("a 401 leads to one more token, and then to denied", async () => {
  const tokens = [token({ seconds: -10 }), token()];
  await open({ channels: [unused("team")], token: () => tokens.shift() }).state("live");

  const probe = open({ channels: [unused("team")], token: () => token({ seconds: -10 }) });
  const { problem } = await probe.state("denied");
  assert.equal(problem.status, 401);
});

test("a refused stream says why, and asks no more", async () => {
  const probe = await openBehindProxy({ channels: [unused()] });
  const refused = open({ channels: [unused(), "nothing"] });
  const { problem } = await refused.state("denied");
  assert.equal(problem.status, 404);
  assert.equal(problem.type, "urn:sse-bridge:no-rule");
  assert.equal(problem.channel, "nothing");
  assert.ok(problem.title.length > 0);
  const { connections } = proxy;
  await probe.first("heartbeat");
  assert.equal(proxy.connections, connections);
});

test("channels come and go without loss on the others", async () => {
  const [kept, other] = [unused(), unused()];
  const probe = open({ channels: [kept] });
  await probe.state("live");
  const publishing = node.publishAll(kept, ...numbers(1, 80));
  for (let round = 0; round < 3; round++) {
    await probe.bridge.add(other);
    await node.publish(other, round);
    await until(() => probe.dataOf(other).includes(round), `${round}`);
    await probe.bridge.remove(other);
  }
  await publishing;

  await until(() => probe.dataOf(kept).length >= 80, () => `80 in ${probe.dataOf(kept)}`);
  assert.deepEqual(probe.dataOf(kept), numbers(1, 80));
  assert.deepEqual(probe.bridge.channels, [kept]);
  assert.deepEqual(probe.said.caughtup, []);
});

test("an added channel begins with its history, and goes on without a gap", async () => {
  const [first, late] = [unused(), unused()];
  await node.publishAll(late, ...numbers(1, 10));
  const probe = open({ channels: [first] });
  await probe.state("live");
  const publishing = node.publishAll(late, ...numbers(11, 40));
  await probe.bridge.add(late, { last: 5 });
  await publishing;

  await until(() => probe.data.at(-1) === 40, () => `40 in ${probe.data}`);
  assert.deepEqual(probe.data, numbers(probe.data[0], 40));
  assert.ok(probe.data[0] <= 36 + 10);
  assert.ok(probe.data.length >= 5);
});

test("live events wait until the history is read", async () => {
  const time = "2026-01-01T00:00:01Z";
  const events = [3, 4, 5].map((sequence) => ({ id: `h${sequence}`, sequence, tag: "00000a", event: "message", data: `${sequence}`, time }));
  const history = (response) => setTimeout(() => response.end(JSON.stringify({ events, next: null })), 100);
  const both = OPEN.replace('["public.a"]', '["public.b","public.a"]');
  const fake = await fakeNode(stream(OPEN), stream(both, eventText(5, "5"), eventText(6, "6")), history);
  const probe = open({ url: fake.url, channels: ["public.b"] });
  await probe.state("live");
  await probe.bridge.add("public.a", { last: 3 });

  await probe.exactly("3", "4", "5", "6");
});

test("a refused addition leaves the other channels alone", async () => {
  const channel = unused();
  const probe = open({ channels: [channel] });
  await probe.state("live");
  await assert.rejects(probe.bridge.add("nothing"), (error) => error instanceof BridgeError && error.status === 404);
  await node.publish(channel, 1);

  await probe.exactly(1);
  assert.deepEqual(probe.bridge.channels, [channel]);
});

test("events that the history no longer has are told as a reset", async () => {
  const channel = unused("short");
  const probe = await openBehindProxy({ channels: [channel] });
  await node.publish(channel, 0);
  await probe.exactly(0);
  proxy.refuse();
  await node.publishAll(channel, ...numbers(1, 40));
  proxy.pass();

  assert.deepEqual(await probe.first("reset"), { channels: [channel], reason: "expired" });
  await until(() => probe.data.at(-1) === 40, "40");
  assert.deepEqual(probe.data, [0, ...numbers(probe.data[1], 40)]);
});

test("a pause keeps the events up to a bound, and loses none", async () => {
  const channel = unused();
  const probe = open({ channels: [channel], buffer: 5 });
  await probe.state("live");
  probe.bridge.pause();
  await node.publishAll(channel, ...numbers(1, 20));
  await probe.state("waiting");
  assert.deepEqual(probe.data, []);
  assert.equal(await node.subscribers(channel), 0);
  probe.bridge.resume();

  await probe.exactly(...numbers(1, 20));
});

test("a channel without history gets its events as they come", async () => {
  const [live, kept] = [unused("live"), unused()];
  const probe = await openBehindProxy({ channels: [live, kept] });
  await node.publish(live, 1);
  await node.publish(kept, 2);
  await node.publish(live, 3);

  await until(() => probe.data.length === 3, () => probe.data);
  assert.deepEqual(probe.dataOf(live), [1, 3]);
  assert.deepEqual(probe.dataOf(kept), [2]);
  assert.ok(probe.said.event.every(({ channel, id }) => (id !== undefined) === (channel === kept)));
});

test("a publish without an answer is repeated, and published once", async () => {
  const channel = unused();
  const probe = await openBehindProxy({ channels: [channel] });
  proxy.dropAnswer();
  const receipt = await probe.bridge.publish(channel, { n: 1 }, { event: "x" });
  await probe.bridge.publish(channel, "last");

  assert.equal(receipt.channel, channel);
  await probe.exactly({ n: 1 }, "last");
  assert.equal(probe.said.event[0].sequence, receipt.sequence);
});

test("a publish without an answer in time is tried again", async () => {
  const probe = await openBehindProxy({ channels: [unused()] });
  proxy.swallow();
  const publishing = probe.bridge.publish(unused(), 1, { timeoutMillis: 200, retries: 5 });
  setTimeout(() => proxy.pass(), 400);

  assert.equal((await publishing).sequence >= 0, true);
  proxy.swallow();
  await assert.rejects(probe.bridge.publish(unused(), 1, { timeoutMillis: 50, retries: 0 }), { status: 0 });
});

test("a refused publish says why, and is not repeated", async () => {
  const probe = open({ channels: [unused()] });
  await assert.rejects(probe.bridge.publish("nothing", 1), (error) => error.problem.type === "urn:sse-bridge:no-rule");
  await assert.rejects(probe.bridge.publish(unused(), undefined), TypeError);
});

test("requests go to the bridge only", async () => {
  const probe = open({ channels: [unused()], token: () => token() });
  assert.equal((await probe.bridge.fetch("health/live")).status, "UP");
  await assert.rejects(probe.bridge.fetch("http://127.0.0.1:1/"), TypeError);
});

test("a page that is loaded again goes on after the last event that was handed over", async (t) => {
  const stored = new Map();
  const page = new EventTarget();
  const listen = EventTarget.prototype.addEventListener;
  globalThis.sessionStorage = {
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => stored.set(key, value),
    removeItem: (key) => stored.delete(key),
  };
  globalThis.addEventListener = listen.bind(page);
  t.after(() => {
    delete globalThis.sessionStorage;
    delete globalThis.addEventListener;
  });
  const channels = [unused(), unused()];
  const before = open({ channels, resume: "session" });
  await before.state("live");
  await node.publish(channels[0], 1);
  await before.exactly(1);
  before.bridge.pause();
  await node.publish(channels[0], 2);
  await before.first("heartbeat");
  page.dispatchEvent(new Event("pagehide"));
  await node.publish(channels[0], 3);

  const again = open({ channels, resume: "session" });
  await again.exactly(2, 3);
  assert.equal((await again.first("caughtup")).events, 2);
  assert.equal(await node.subscribers(channels[0]), 1);
  // The same page, back from the back/forward cache.
  before.bridge.resume();
  page.dispatchEvent(new Event("pageshow"));
  await before.exactly(1, 2, 3);
});

test("an ended channel is told, and the stream is not opened again", async () => {
  const channel = unused();
  const probe = await openBehindProxy({ channels: [channel] });
  await node.publish(channel, "done", { end: true });
  await probe.state("closed");
  await probe.exactly("done");
  assert.deepEqual(probe.said.end, [{ channel }]);
  const { connections } = proxy;
  probe.bridge.reconnect();
  await until(() => proxy.connections > connections, "another connection");
  await probe.state("closed");
  await probe.exactly("done");
});

test("reconnect stays away for a while, and can go on at another address", async () => {
  const channel = unused();
  const probe = await openBehindProxy({ channels: [channel] });
  probe.bridge.reconnect({ afterMillis: 300, url: node.url });
  const { retryAt } = await probe.state("waiting");
  assert.ok(retryAt > Date.now());
  await node.publish(channel, 1);
  await probe.exactly(1);
  assert.ok(Date.now() >= retryAt - 5);
  proxy.refuse();
  await node.publish(channel, 2);
  await probe.exactly(1, 2);
});

test("a closed bridge leaves nothing open", async () => {
  const channel = unused();
  const probe = open({ channels: [channel] });
  await probe.state("live");
  probe.bridge.close();
  await until(async () => (await node.subscribers(channel)) === 0, "no subscriber");
  assert.equal(probe.bridge.state.state, "closed");
  await assert.rejects(probe.bridge.publish(channel, 1));
});

test("a handler that fails does not stop the others", async (t) => {
  const reported = [];
  globalThis.reportError = (error) => reported.push(error.message);
  t.after(() => delete globalThis.reportError);
  const channel = unused();
  const probe = open({ channels: [channel] });
  probe.bridge.on("event", () => {
    throw new Error("mine");
  });
  await probe.state("live");
  await node.publishAll(channel, 1, 2);

  await probe.exactly(1, 2);
  assert.deepEqual(reported, ["mine", "mine"]);
});

test("all line ends, a byte order mark and characters that are cut are understood", async () => {
  const text = `\uFEFF:\r\n${OPEN.replaceAll("\n", "\r")}: comment\n${eventText(1, "ä€😀").replaceAll("\n", "\r\n")}data\nid\n\n${eventText(2)}`;
  const fake = await fakeNode(async (response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" });
    for (const byte of Buffer.from(text.replace("data\nid\n\n", "unknown: 1\n"))) {
      response.write(Buffer.from([byte]));
      await new Promise((done) => setImmediate(done));
    }
  });
  const probe = open({ url: fake.url, channels: ["public.a"] });

  await probe.exactly("ä€😀", 2);
  assert.deepEqual(probe.said.event.map(({ id }) => id), ["i1-00000a", "i2-00000a"]);
});

test("an event that is not complete when the stream ends does not count", async () => {
  const fake = await fakeNode(endedStream(OPEN, eventText(1), eventText(2).trimEnd()), stream(OPEN, eventText(2)));
  const probe = open({ url: fake.url, channels: ["public.a"] });

  await probe.exactly(1, 2);
  assert.match(fake.requests[1].url, /lastEventId=i1-00000a/);
});

test("an event that comes again after a reset is not handed over twice", async () => {
  const reset = 'event: stream-reset\ndata: {"channels":["public.a"],"reason":"lost"}\nid: r\n\n';
  const again = [OPEN, reset, eventText(1), eventText(2), eventText(3, "other", "00000b"), eventText(4)];
  const fake = await fakeNode(endedStream(OPEN, eventText(1), eventText(2), eventText(3)), stream(...again));

  await open({ url: fake.url, channels: ["public.a"] }).exactly(1, 2, 3, "other", 4);
});

test("events without a history may be numbered from the start by another node", async () => {
  const texts = [eventText(7, "a", "00000a", "o"), eventText(0, "b", "00000b", "o"), eventText(1, "c", "00000c", "o")];
  const fake = await fakeNode(stream(OPEN, ...texts));

  await open({ url: fake.url, channels: ["public.a"] }).exactly("a", "b", "c");
});

test("the server says when to come back", async () => {
  const busy = (response) => response.writeHead(503, { "Retry-After": "1" }).end();
  const shed = endedStream("retry: 700\n\n");
  const fake = await fakeNode(busy, shed, stream(OPEN));
  const probe = open({ url: fake.url, channels: ["public.a"] });
  const first = await probe.state("waiting");
  assert.ok(Math.abs(first.retryAt - Date.now() - 1_000) < 200);
  const second = await until(() => probe.said.state.filter(({ state }) => state === "waiting")[1], "second");
  const millis = second.retryAt - Date.now();
  assert.ok(millis >= 600 && millis <= 2_800, `${millis}`);
  await probe.state("live");
});

test("failures make the waiting times grow, and a connection makes them short again", async () => {
  const fail = (response) => response.writeHead(500).end();
  const fake = await fakeNode(endedStream(OPEN), fail, fail, fail, endedStream(OPEN), stream(OPEN));
  const probe = open({ url: fake.url, channels: ["public.a"] });
  const waits = [];
  probe.bridge.on("state", ({ retryAt }) => retryAt && waits.push(retryAt - Date.now()));
  await until(() => fake.requests.length === 6, () => `6 requests, not ${fake.requests.length}`);
  assert.equal(waits.length, 5);
  assert.ok(waits[3] > 2 * waits[0] && waits[4] <= 20, `${waits}`);
});

test("an answer that is no event stream is not read", async () => {
  const page = (response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<p>Log in");
  const fake = await fakeNode(page, stream(OPEN, eventText(1)));
  const probe = open({ url: fake.url, channels: ["public.a"] });
  await until(() => probe.said.state.some(({ problem }) => problem?.title === "The answer is not an event stream"), "why");
  probe.bridge.reconnect();

  await probe.exactly(1);
});

test("a 404 that the bridge has not sent is waited out", async () => {
  const fake = await fakeNode((response) => response.writeHead(404).end(), stream(OPEN, eventText(1)));
  const probe = open({ url: fake.url, channels: ["public.a"] });
  await probe.state("waiting");
  probe.bridge.reconnect();

  await probe.exactly(1);
});

test("a disconnected stream is not opened again", async () => {
  const ending = 'event: stream-error\ndata: {"reason":"disconnected","reconnect":false}\n\n';
  const fake = await fakeNode(endedStream(OPEN, ending));
  const { problem } = await open({ url: fake.url, channels: ["public.a"] }).state("denied");
  assert.equal(problem.type, "disconnected");
});
