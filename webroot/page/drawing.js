/**
 * The live drawing: who publishes, the nodes on the event bus, and the thread that leads from this page's node down into
 * the page. A dot travels with each event. It draws only while something moves.
 */

import { reducedMotion, s, set } from "./dom.js";

const SOURCES = [
  { key: "bus", words: "Vert.x services", brief: "Vert.x" },
  { key: "http", words: "curl, other pages", brief: "curl, pages" },
  { key: "me", words: "this page" },
];
const MOST_DOTS = 40;
const MOST_PAGES = 5;
const FEED_MS = 300;
const BUS_MS = 260;
const FALL_MS = 650;
const SPRING = { stiffness: 120, damping: 15 };

export class Drawing {
  #svg;
  #stage;
  #room;
  #text;
  #layers;
  #nodes = [];
  #mine;
  #attached = false;
  #pages = 1;
  #pile = 0;
  #dots = [];
  #top = { x: 0, speed: 0 };
  #loose = 0;
  #surge = 0;
  #geometry;
  #running = false;
  #last = 0;

  constructor({ svg, room, text }) {
    this.#svg = svg;
    this.#stage = svg.parentElement;
    this.#room = room;
    this.#text = text;
    this.#layers = Object.fromEntries(
      ["back", "others", "thread", "nodes", "dots"].map((name) => [name, svg.appendChild(s("g"))]),
    );
    this.#layers.thread.append(s("path", { class: "mine-thread" }), s("path", { class: "mine-thread loose" }));
    new ResizeObserver(() => this.#layout()).observe(this.#stage);
    this.#layout();
  }

  /** @param nodes with id, name, port, alive */
  nodes(nodes) {
    this.#nodes = nodes;
    this.#layout();
  }

  /** The node that serves this page's stream; undefined: there is no stream now. */
  mine(id) {
    const was = this.#attached;
    this.#attached = id !== undefined;
    if (id !== undefined) {
      if (!was) {
        this.#top.speed += this.#top.x === this.#nodeX(id) ? 180 : 0;
      }
      this.#mine = id;
      this.#pile = 0;
    } else if (was) {
      this.#loose = performance.now();
    }
    this.#layout();
  }

  pages(count) {
    if (count !== this.#pages) {
      this.#pages = count;
      this.#layout();
    }
  }

  /** Events wait in the history for this page. */
  pile(count) {
    this.#pile = count;
    this.#drawNodes();
  }

  /** An event goes from its source over the bus to all nodes, and down all threads. */
  event(source) {
    const { nodes, sources, busY } = this.#geometry;
    const from = sources.find(({ key }) => key === source) ?? sources[0];
    if (document.hidden || reducedMotion.matches || this.#dots.length > MOST_DOTS || !nodes.length) {
      this.#surge = performance.now();
      this.#wake();
      return;
    }
    const start = performance.now();
    const alive = nodes.filter((node) => node.alive);
    this.#dot(start, FEED_MS, line(from.x, from.y, from.x, busY), "bead");
    for (const node of alive) {
      this.#dot(start + FEED_MS, BUS_MS, line(from.x, busY, node.x, busY), "bead soft");
    }
    const fall = start + FEED_MS + BUS_MS;
    if (this.#attached) {
      this.#dot(fall, FALL_MS, (t) => point(this.#curve(), t), "bead", 6);
    }
    for (const page of this.#geometry.pages) {
      this.#dot(fall, FALL_MS * 0.7, (t) => point(page.curve, t), "bead soft", 3.5);
    }
    this.#wake();
  }

  /** A heartbeat: a ring around the node. */
  beat() {
    const node = this.#geometry.nodes.find(({ id }) => id === this.#mine);
    if (node && !reducedMotion.matches && !document.hidden) {
      const ring = s("circle", { class: "beat", cx: node.x, cy: node.y, r: this.#geometry.radius });
      this.#layers.back.append(ring);
      ring.animate([{ opacity: 0.9, strokeWidth: 2 }, { opacity: 0, strokeWidth: 18 }], 1_200).finished
        .finally(() => ring.remove());
    }
  }

  // Layout.

  #layout() {
    const stage = this.#stage.getBoundingClientRect();
    const room = this.#room.getBoundingClientRect();
    const box = { x: room.left - stage.left, y: room.top - stage.top, w: room.width, h: room.height };
    const narrow = stage.width < 720;
    const radius = narrow ? 21 : 28;
    const busY = box.y + box.h * (narrow ? 0.5 : 0.47);
    const shown = this.#nodes.slice(0, narrow ? 4 : 6);
    const guests = shown.length < 2 ? 1 : 0;
    const count = shown.length + guests;
    const left = box.x + box.w * (narrow ? 0.06 : 0.04);
    const width = box.w * (narrow ? 0.88 : 0.92);
    const place = (index, of) => left + (width * (index + 0.5)) / of;
    // A source joins the bus, not a node.
    const besideNodes = (x) => {
      const near = nodes.find((node) => Math.abs(node.x - x) < radius + 10);
      return near ? near.x + (x > near.x ? 1 : -1) * (radius + (narrow ? 12 : 24)) : x;
    };
    const nodes = shown.map((node, index) => ({ ...node, x: place(index, count), y: busY }));
    if (guests) {
      nodes.push({ guest: true, alive: false, name: "+", x: place(count - 1, count), y: busY });
    }
    const sources = SOURCES.map((source, index) => ({
      ...source, words: narrow ? source.brief ?? source.words : source.words,
      x: besideNodes(place(index, SOURCES.length)), y: box.y + (narrow ? 14 : 30),
    }));
    this.#geometry = {
      W: stage.width, H: stage.height, box, narrow, radius, busY, left, width, nodes, sources, pages: [],
      rail: railX() - stage.left,
    };
    set(this.#svg, { viewBox: `0 0 ${stage.width} ${stage.height}` });
    this.#geometry.pages = this.#otherPages();
    this.#drawBack();
    this.#drawNodes();
    this.#describe();
    this.#wake();
  }

  #otherPages() {
    const { nodes, H, radius, left, width, narrow } = this.#geometry;
    const alive = nodes.filter((node) => node.alive);
    const others = Math.min(Math.max(0, this.#pages - 1), narrow ? 3 : MOST_PAGES);
    if (!alive.length) {
      return [];
    }
    return Array.from({ length: others }, (_, index) => {
      const node = alive[(index + 1) % alive.length];
      const x = left + width - 24 - (others - 1 - index) * (narrow ? 40 : 54);
      const y = H - (narrow ? 30 : 44);
      const from = node.y + radius;
      return { x, y, curve: [[node.x, from], [node.x, from + (y - from) * 0.6], [x, y - (y - from) * 0.5], [x, y]] };
    });
  }

  #nodeX(id) {
    return this.#geometry.nodes.find((node) => node.id === id)?.x;
  }

  // The thread of this page, from its node to the rail at the foot of the stage.
  #curve() {
    const { busY, radius, H, rail, narrow } = this.#geometry;
    const y = busY + radius + 2;
    const foot = H + 2;
    return [[this.#top.x, y], [this.#top.x, y + (foot - y) * (narrow ? 0.6 : 0.8)], [rail, foot - (foot - y) * (narrow ? 0.55 : 0.42)], [rail, foot]];
  }

  // Drawing.

  #drawBack() {
    const { busY, left, width, nodes, sources, narrow, radius, pages, rail, H } = this.#geometry;
    const back = this.#layers.back;
    back.replaceChildren();
    const high = radius + (narrow ? 30 : 42);
    back.append(
      s("rect", { class: "field", x: left - 10, y: busY - high + 6, width: width + 20, height: 2 * high - 8, rx: 22 }),
      label(left + (narrow ? 2 : 8), busY - high + (narrow ? 22 : 26), "cluster", "start"),
      // A phone has no room beside the line of a source, but between two nodes.
      narrow && nodes.length === 2 ? label(left + width / 2, busY + 18, "event bus", "middle")
        : label(left + width - 8, busY - high + (narrow ? 22 : 26), "event bus", "end"),
    );
    for (const source of sources) {
      back.append(s("path", { class: "feed", d: `M${source.x} ${source.y}V${busY}` }));
    }
    back.append(s("path", { class: "bus", d: `M${left + 8} ${busY}H${left + width - 8}` }));
    for (const source of sources) {
      const half = source.words.length * (narrow ? 3.1 : 3.5) + 12;
      back.append(s("g", { class: "source" },
        s("rect", { x: source.x - half, y: source.y - 14, width: 2 * half, height: 28, rx: 14 }),
        label(source.x, source.y + 4.5, source.words, "middle", "strong")));
    }
    this.#layers.others.replaceChildren(
      ...pages.map(({ curve }) => s("path", { class: "other", d: pathOf(curve) })),
      ...pages.map(({ x, y }) => s("g", {},
        s("rect", { class: "window", x: x - 15, y, width: 30, height: 21, rx: 4 }),
        s("path", { class: "other", d: `M${x - 15} ${y + 6}h30` }))),
    );
    if (pages.length) {
      const { x, y } = pages[0];
      this.#layers.others.append(label(x - 24, y + 15, this.#pages === 2 ? "another page" : `${this.#pages - 1} other pages`, "end"));
    }
    this.#layers.others.append(label(rail + 28, H - 8, "this page", "start", "strong"));
  }

  #drawNodes() {
    const { nodes, radius, busY, narrow, left, width } = this.#geometry;
    this.#layers.nodes.replaceChildren(...nodes.map((node) => {
      const kind = node.guest ? "guest" : node.alive ? "" : "dead";
      const mine = this.#attached && node.id === this.#mine ? "mine" : "";
      const slash = radius * 0.5;
      const below = node.guest ? "start a second node" : node.alive ? `:${node.port}` : "gone";
      const group = s("g", { class: `cnode ${kind} ${mine}`, "data-node": node.name },
        s("circle", { cx: node.x, cy: busY, r: radius }),
        label(node.x, busY + 7, node.name, "middle", "name"),
        s("path", { class: "gone", d: `M${node.x - slash} ${busY + slash}l${2 * slash} ${-2 * slash}` }),
        label(node.x, busY + radius + (narrow ? 15 : 19), below, "middle", mine ? "strong" : ""));
      // The thread leaves the node at its foot, so the port stands beside the thread.
      if (node.id === this.#mine) {
        const port = group.lastChild;
        set(port, { x: node.x + 8 });
        port.style.textAnchor = "start";
      }
      return group;
    }));
    if (!this.#attached && this.#pile > 0) {
      const node = nodes.find(({ id }) => id === this.#mine) ?? nodes.find(({ alive }) => alive);
      if (node) {
        const beads = Math.min(11, 2 + Math.floor(2 * Math.log2(this.#pile)));
        for (let index = 0; index < beads; index++) {
          const angle = Math.PI * (1.5 + (index - (beads - 1) / 2) * 0.09);
          this.#layers.nodes.append(s("circle", { class: "bead", r: 4,
            cx: node.x + (radius + 9) * Math.cos(angle), cy: busY + (radius + 9) * Math.sin(angle) }));
        }
        // Between the words "cluster" and "event bus".
        const middle = left + width / 2;
        const aside = narrow ? 0 : width / 5;
        this.#layers.nodes.append(label(Math.max(middle - aside, Math.min(middle + aside, node.x)), busY - radius - 20,
          `${this.#pile.toLocaleString("en")} kept for this page`, "middle", "pile"));
      }
    }
  }

  #drawThread(now) {
    const [whole, rest] = this.#layers.thread.children;
    const curve = this.#curve();
    if (this.#attached) {
      set(whole, { d: pathOf(curve) });
      whole.style.strokeWidth = now - this.#surge < 400 ? 5 : "";
      set(rest, { d: "" });
      return false;
    }
    // Cut: two loose ends that swing out.
    const age = (now - this.#loose) / 1000;
    const swing = reducedMotion.matches ? 0 : Math.sin(age * 5) * Math.exp(-age * 0.9) * 26;
    const [x, y] = curve[0];
    set(whole, { d: `M${x} ${y}q${swing * 0.2} 22 ${swing} 44` });
    const [endX, endY] = curve[3];
    set(rest, { d: `M${endX} ${endY}q${-swing * 0.2} -24 ${12 - swing * 0.7} -52` });
    return Math.abs(swing) > 0.3 && age < 6;
  }

  #describe() {
    const alive = this.#nodes.filter((node) => node.alive);
    const name = (node) => `${node.name} :${node.port}`;
    const mine = this.#attached && this.#nodes.find(({ id }) => id === this.#mine);
    const words = [
      mine ? `This page is connected to node ${name(mine)}.` : "This page has no connection now.",
      alive.length ? `The cluster has ${alive.length === 1 ? "one node" : `${alive.length} nodes`}: ${alive.map(name).join(", ")}.` : "",
      this.#pages > 1 ? `${this.#pages - 1} other pages are open.` : "",
    ].join(" ").trim();
    if (this.#text.textContent !== words) {
      this.#text.textContent = words;
    }
  }

  // Motion.

  #dot(start, duration, at, kind, r = 4.5) {
    this.#dots.push({ start, duration, at, element: undefined, kind, r });
  }

  #wake() {
    if (!this.#running) {
      this.#running = true;
      this.#last = performance.now();
      requestAnimationFrame((now) => this.#step(now));
    }
  }

  #step(now) {
    const passed = Math.min(0.032, Math.max(0.001, (now - this.#last) / 1000));
    this.#last = now;
    const springs = this.#spring(passed);
    const swings = this.#drawThread(now);
    this.#dots = this.#dots.filter((dot) => this.#move(dot, now));
    const surges = now - this.#surge < 450;
    this.#running = springs || swings || surges || this.#dots.length > 0;
    if (this.#running) {
      requestAnimationFrame((next) => this.#step(next));
    }
  }

  #spring(passed) {
    const target = this.#nodeX(this.#mine) ?? this.#geometry.nodes[0]?.x ?? this.#geometry.box.x + this.#geometry.box.w / 2;
    const top = this.#top;
    if (top.x === 0 || reducedMotion.matches) {
      top.x = target;
      top.speed = 0;
      return false;
    }
    top.speed += ((target - top.x) * SPRING.stiffness - top.speed * SPRING.damping) * passed;
    top.x += top.speed * passed;
    if (Math.abs(target - top.x) < 0.3 && Math.abs(top.speed) < 3) {
      top.x = target;
      top.speed = 0;
      return false;
    }
    return true;
  }

  #move(dot, now) {
    const t = (now - dot.start) / dot.duration;
    if (t < 0) {
      return true;
    }
    if (t >= 1) {
      dot.element?.remove();
      return false;
    }
    dot.element ??= this.#layers.dots.appendChild(s("circle", { class: dot.kind, r: dot.r }));
    const [x, y] = dot.at(t * t * (3 - 2 * t));
    set(dot.element, { cx: x, cy: y });
    return true;
  }
}

function label(x, y, words, anchor, kind = "") {
  const text = s("text", { x, y, class: kind });
  text.style.textAnchor = anchor;
  text.textContent = words;
  return text;
}

const line = (x1, y1, x2, y2) => (t) => [x1 + (x2 - x1) * t, y1 + (y2 - y1) * t];

const pathOf = ([a, b, c, d]) => `M${a}C${b} ${c} ${d}`;

function point([a, b, c, d], t) {
  const u = 1 - t;
  return [0, 1].map((axis) =>
    u * u * u * a[axis] + 3 * u * u * t * b[axis] + 3 * u * t * t * c[axis] + t * t * t * d[axis]);
}

/** Where the thread runs below the stage. */
function railX() {
  const main = document.querySelector("main").getBoundingClientRect();
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const rail = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--rail"));
  return main.left + rem * (1 + rail);
}
