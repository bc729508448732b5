/** Tabs are bridges of one process here; Web Locks are imitated. The browser tests have real tabs. */

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { Bridge } from "../testing/bridge.js";
import { Locks } from "../testing/locks.js";
import { numbers, Probe, until } from "../testing/probe.js";
import { SseBridge } from "../sse-bridge.js";

const RealChannel = globalThis.BroadcastChannel;

/** A channel between tabs that can lose messages. */
class LossyChannel extends RealChannel {
  static loses = () => false;

  set onmessage(handler) {
    super.onmessage = (message) => LossyChannel.loses(this, message.data) || handler(message);
  }
}

let node;
let tabs = [];
let count = 0;

before(async () => {
  globalThis.BroadcastChannel = LossyChannel;
  node = await Bridge.start();
});
afterEach(() => {
  LossyChannel.loses = () => false;
  tabs.forEach(({ bridge }) => bridge.close());
  tabs = [];
});
after(() => node.close());

function newBrowser() {
  Object.defineProperty(globalThis, "navigator", { value: { locks: new Locks() }, configurable: true });
}

function unused(prefix = "public") {
  return `${prefix}.shared${++count}`;
}

function open(options) {
  const tab = new Probe(new SseBridge({ url: node.url, shared: true, ...options }));
  tabs.push(tab);
  return tab;
}

async function openLive(options) {
  const tab = open(options);
  await tab.state("live");
  return tab;
}

function leaders() {
  return tabs.filter(({ bridge }) => bridge.state.leader && bridge.state.state === "live");
}

test("all tabs have one connection, and each gets the events of its channels", async () => {
  newBrowser();
  const [all, own] = [unused(), unused()];
  const first = await openLive({ channels: [all] });
  const second = await openLive({ channels: [all, own] });
  const third = await openLive({ channels: [all] });
  await until(async () => (await node.subscribers(own)) === 1, "the union");
  await node.publish(own, "own");
  await node.publish(all, 1);

  await until(() => second.data.length === 2, () => second.data);
  await first.exactly(1);
  await third.exactly(1);
  assert.equal(await node.subscribers(all), 1);
  assert.equal(leaders().length, 1);
});

test("the leading tab closes while events come: no tab loses one or gets one twice", async () => {
  newBrowser();
  const channel = unused();
  for (let i = 0; i < 6; i++) {
    await openLive({ channels: [channel, unused()].slice(0, 1 + (i % 2)) });
  }
  await until(async () => (await node.subscribers(channel)) === 1, "one connection");
  const publishing = node.publishAll(channel, ...numbers(1, 300));
  const closed = [];
  for (const n of [50, 100, 150]) {
    await until(() => tabs.at(-1).data.includes(n), `${n}`);
    const leader = tabs.find(({ bridge }) => bridge.state.leader);
    tabs = tabs.filter((tab) => tab !== leader);
    leader.bridge.close();
    closed.push(leader);
  }
  await publishing;

  assert.equal(tabs.length, 3);
  for (const tab of tabs) {
    await until(() => tab.data.at(-1) === 300, () => `300 in ${tab.data}`);
    assert.deepEqual(tab.data, numbers(1, 300));
    assert.deepEqual(tab.said.reset, []);
  }
  assert.equal(await node.subscribers(channel), 1);
});

test("a late tab gets the history by its own rules", async () => {
  newBrowser();
  const channel = unused();
  const first = await openLive({ channels: [channel] });
  await node.publishAll(channel, { n: 1 }, "2", 3);
  await first.exactly({ n: 1 }, "2", 3);

  await open({ channels: [channel], last: 2 }).exactly("2", 3);
  await open({ channels: [channel], last: 3, events: ["message"] }).exactly({ n: 1 }, "2", 3);
  const late = await openLive({ channels: [channel] });
  await node.publish(channel, 4);
  await late.exactly(4);
  await first.exactly({ n: 1 }, "2", 3, 4);
});

test("a tab adds a channel that another one has, and one that none has", async () => {
  newBrowser();
  const [a, b, c] = [unused(), unused(), unused()];
  const first = await openLive({ channels: [a, b] });
  const second = await openLive({ channels: [a] });
  await node.publish(b, 1);
  await first.exactly(1);
  await second.bridge.add(b, { last: 5 });
  await second.bridge.add(c);
  await node.publish(b, 2);
  await node.publish(c, 3);

  await until(() => second.data.length === 3, () => second.data);
  assert.deepEqual(second.dataOf(b), [1, 2]);
  await second.bridge.remove(c);
  await until(async () => (await node.subscribers(c)) === 0, "the channel that no tab wants leaves");
});

test("a tab that missed a message between the tabs reads the history", async () => {
  newBrowser();
  const channel = unused();
  const first = await openLive({ channels: [channel] });
  const second = await openLive({ channels: [channel] });
  let lost = 0;
  LossyChannel.loses = (_, { kind, event }) => kind === "event" && [3, 4, 9].includes(event.data) && ++lost;
  await node.publishAll(channel, ...numbers(1, 12));

  await first.exactly(...numbers(1, 12));
  await second.exactly(...numbers(1, 12));
  assert.ok(lost >= 2);
});

test("a tab whose channel is refused is told, and the others go on", async () => {
  newBrowser();
  const channel = unused();
  const refused = open({ channels: [channel, "nothing"] });
  const { problem } = await refused.state("denied");
  assert.equal(problem.channel, "nothing");
  const good = await openLive({ channels: [channel] });
  const alsoRefused = open({ channels: ["nothing"] });
  await alsoRefused.state("denied");
  await assert.rejects(good.bridge.add("nothing"), { status: 404 });
  await node.publish(channel, 1);

  await good.exactly(1);
  assert.deepEqual(refused.data, []);
});

test("a tab whose channels do not fit into the stream has a connection of its own", async () => {
  newBrowser();
  const channels = numbers(1, 6).map(() => unused());
  const first = await openLive({ channels: channels.slice(0, 4) });
  const second = open({ channels: channels.slice(3) });
  await until(async () => (await node.subscribers(channels[5])) === 1, "its own stream");
  await second.state("live");
  await node.publish(channels[3], 1);

  await first.exactly(1);
  await second.exactly(1);
});

test("a leading tab that hangs is replaced, and nothing is lost", { timeout: 20_000 }, async () => {
  newBrowser();
  const channel = unused();
  const hanging = await openLive({ channels: [channel] });
  const second = await openLive({ channels: [channel] });
  await node.publish(channel, 1);
  await second.exactly(1);
  // Nothing that the leader says arrives any more, and nothing arrives at it.
  let isHanging = true;
  let epoch;
  LossyChannel.loses = (_, message) => {
    epoch ??= message.epoch;
    return isHanging && (message.epoch === epoch || (message.to === "leader" && !second.bridge.state.leader));
  };
  await node.publish(channel, 2);

  await until(() => second.bridge.state.leader && second.bridge.state.state === "live", "another leader", 15_000);
  isHanging = false;
  await node.publish(channel, 3);
  await second.exactly(1, 2, 3);
  await hanging.exactly(1, 2, 3);
  await until(async () => (await node.subscribers(channel)) === 1, "one connection");
});
