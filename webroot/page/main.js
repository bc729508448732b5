/** Puts the page together. Each part has a module of its own; here is what they tell each other. */

import { Breakers } from "./breakers.js";
import { base, Nodes } from "./demo-api.js";
import { byId, h, plural } from "./dom.js";
import { Drawing } from "./drawing.js";
import { knot } from "./feed.js";
import { howPanel } from "./how.js";
import { Ledger } from "./ledger.js";
import { Link, stateWords } from "./link.js";
import { Me } from "./me.js";
import { Proof } from "./proof.js";
import { BeadString } from "./string.js";
import { tabList } from "./tabs.js";
import { keepFresh, seconds } from "./time.js";
import { Trouble } from "./trouble.js";
import * as chat from "./scenes/chat.js";
import * as clock from "./scenes/clock.js";
import * as cricket from "./scenes/cricket.js";
import * as debug from "./scenes/debugger.js";
import * as job from "./scenes/job.js";
import * as personal from "./scenes/personal.js";
import * as run from "./scenes/run.js";
import * as timeline from "./scenes/timeline.js";

const SCENES = [timeline, cricket, job, run, chat, clock, personal, debug];
const PRESENCE_MS = 4_000;
const ANNOUNCE_MS = 2_500;
const TITLE = document.title;
const FROM_SERVICES = /^(scores|jobs|runs|clocks)\./;
// A browser opens six connections to one host over HTTP/1.1. Two tabs have one each, all others share one.
const TABS_OF_THEIR_OWN = 2;

const me = new Me();
const nodes = new Nodes();
await nodes.refresh();
if (nodes.demo) {
  nodes.poll();
}
const shared = !(await connectionOfItsOwn());

const ledger = new Ledger(async (channel, count) =>
  (await link.bridge.fetch(`history/${encodeURIComponent(channel)}?last=${count}&limit=1000`)).events);
const drawing = new Drawing({ svg: byId("drawing"), room: byId("drawing-room"), text: byId("drawing-text") });
const proof = new Proof(ledger);
const string = new BeadString();
const link = new Link({ me, nodes, channels: ["activity", "sse"], keep: (count) => drawing.pile(count), shared });
const { bridge } = link;
const context = { link, nodes, me, ledger, announce };
const breakers = new Breakers({ link, nodes });
const trouble = new Trouble(() => link.retry());

// Scenes.

// <body data-debugger="on"> shows it outside of demo mode too, "off" never.
const debugs = { on: true, off: false }[document.body.dataset.debugger] ?? nodes.demo;
const offered = SCENES.filter((scene) => scene === debug ? debugs : nodes.demo || !scene.demoOnly);
const scenes = new Map();
let shown;
const tabs = tabList(byId("tabs"), offered.map(({ id, title }) => {
  const panel = h("div", { class: "scene" });
  byId("panels").append(panel);
  return { id, title, panel };
}), show);

function build(id) {
  if (!scenes.has(id)) {
    const { Scene, how } = offered.find((scene) => scene.id === id);
    const scene = new Scene(context);
    const panel = byId(`panel-${id}`);
    panel.append(scene.element);
    if (how) {
      panel.append(howPanel(id, how(base.href, base.pathname)));
    }
    panel.classList.toggle("whole", !how);
    scenes.set(id, scene);
  }
  return scenes.get(id);
}

function show(id) {
  scenes.get(shown)?.hide?.();
  shown = id;
  const scene = build(id);
  if (wanted() !== id) {
    history.replaceState(null, "", id === timeline.id && !location.hash ? location.pathname : scene.address ?? `#${id}`);
  }
  scene.show?.();
}

const wanted = () => /^#([a-z]+)/.exec(location.hash)?.[1];
build(timeline.id);
tabs.select(offered.some(({ id }) => id === wanted()) ? wanted() : timeline.id);
addEventListener("hashchange", () => (wanted() === shown ? scenes.get(shown).show?.() : tabs.select(wanted())));

const each = (act) => scenes.forEach(act);

// Events.

bridge.on("event", (event) => {
  ledger.take(event);
  proof.event(event);
  const isMine = (event.from ?? event.data?.actor) === me.name;
  string.add(isMine ? "mine" : "event");
  if (!event.replayed) {
    const isOfService = event.name === "flood" || (FROM_SERVICES.test(event.channel) && event.name !== "done");
    drawing.event(isOfService ? "bus" : isMine ? "me" : "http");
    missedInTitle();
  }
  each((scene) => scene.event?.(event));
});
bridge.on("end", (end) => each((scene) => scene.end?.(end)));
bridge.on("heartbeat", () => {
  proof.beat();
  drawing.beat();
});

// The connection.

let openKnot = [];
let before = { missing: 0, expired: 0 };

link.addEventListener("state", ({ detail }) => {
  document.body.dataset.link = detail.state;
  trouble.state(detail, { asked: link.asked, nodeName: link.node && `node ${link.node.name}` });
  breakers.update();
  showNodes();
});
nodes.addEventListener("change", showNodes);

// Shows the state of the connection, and the nodes.
function showNodes() {
  const { state, node, expires } = link.state;
  if (!nodes.demo && node && !nodes.byId(node)) {
    nodes.all = [{ id: node, name: "A", port: base.port || (base.protocol === "https:" ? 443 : 80), alive: true }];
  }
  const mine = state === "live" ? node : undefined;
  drawing.nodes(nodes.all);
  drawing.mine(mine);
  proof.state({ state, node: nodes.label(mine), expires });
  showState();
}

function showState() {
  byId("state-text").textContent = stateWords(link.state, nodes.label(link.state.node));
}
setInterval(() => link.state.state === "waiting" && showState(), 500);
showNodes();

link.addEventListener("away", () => {
  before = { missing: ledger.missing, expired: ledger.expired };
  openKnot = [];
  each((scene) => {
    scene.away?.();
    const entry = knot("No connection. The cluster keeps what comes.");
    openKnot.push(entry);
    scene.knot?.(entry);
  });
});

bridge.on("caughtup", async ({ events, awayMillis, node: id }) => {
  const entries = openKnot.splice(0);
  string.add("back");
  await ledger.settled();
  const node = nodes.byId(id ?? link.state.node);
  const lost = ledger.missing - before.missing;
  const expired = ledger.expired - before.expired;
  const words = `Back${node ? ` on node ${node.name}` : ""} after ${seconds(awayMillis)}. `
    + (expired ? `Caught up ${plural(events, "event")}, and ${expired} are older than what is kept.`
      : events ? `Caught up ${plural(events, "event")}, lost ${lost || "none"}.` : "Nothing was published meanwhile.");
  entries.forEach((entry) => {
    entry.firstChild.textContent = words;
  });
  breakers.say(words);
  announce(words);
});

bridge.on("reset", (reset) => {
  ledger.reset(reset);
  string.add("reset");
  each((scene) => scene.reset?.(reset));
  if (reset.reason !== "expired") {
    tellReset("The history was lost or replaced. What is retained follows.");
  }
});
ledger.addEventListener("expired", ({ detail: { events } }) =>
  tellReset(`${plural(events, "event is", "events are")} older than what is kept. This page has loaded its state again.`));

function tellReset(words) {
  each((scene) => scene.knot?.(knot(words, true)));
  breakers.say(words);
  announce(words);
}

async function connectionOfItsOwn() {
  if (!navigator.locks) {
    return true;
  }
  const take = (name) => new Promise((taken) => {
    // The lock is held as long as the page lives.
    navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      taken(lock !== null);
      return lock && new Promise(() => {});
    });
  });
  for (let n = 1; n <= TABS_OF_THEIR_OWN; n++) {
    if (await take(`sse-demo connection ${n}`)) {
      return true;
    }
  }
  return false;
}

async function countPages() {
  if (document.hidden || link.state.state !== "live") {
    return;
  }
  try {
    const { subscribers } = await bridge.fetch("presence/activity");
    drawing.pages(subscribers);
    scenes.get(timeline.id).people(subscribers, shared);
  } catch {
    // Asked again soon.
  }
}
setInterval(countPages, PRESENCE_MS);
link.addEventListener("state", () => setTimeout(countPages, 300));

me.addEventListener("change", () => link.retry());

// What a hidden page or a screen reader gets.

let unseen = 0;
function missedInTitle() {
  if (document.hidden) {
    document.title = `(${++unseen}) ${TITLE}`;
  }
}
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) {
    unseen = 0;
    document.title = TITLE;
    nodes.refresh();
    countPages();
  }
});

let announced = 0;
let pending = 0;
let latest = "";
let announcing;
function announce(words) {
  pending++;
  latest = words;
  clearTimeout(announcing);
  announcing = setTimeout(() => {
    announced = Date.now();
    byId("announcer").textContent = pending > 1 ? `${pending} new. ${latest}` : latest;
    pending = 0;
  }, Math.max(200, announced + ANNOUNCE_MS - Date.now()));
}

// On a phone the description of the bridge comes last.
const phone = matchMedia("(max-width: 44.99rem)");
const arrange = () => (phone.matches ? byId("foot").prepend(byId("about")) : byId("pitch").append(byId("about")));
phone.addEventListener("change", arrange);
arrange();
keepFresh(byId("panels"));
