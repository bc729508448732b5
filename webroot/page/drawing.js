/**
 * The live drawing: who publishes, the nodes on the event bus, and the thread that leads from this page's node down into
 * the page. A dot travels with each event. It draws only while something moves.
 */

import { reducedMotion, s, set } from "./dom.js";

const SOURCES = { bus: ["Vert.x services", "Vert.x"], http: ["curl, other pages", "curl, pages"], me: ["this page", "this page"] };
// The sizes of the drawing. On a phone the drawing is a strip.
const WIDE = {
  radius: 28, bus: 0.47, nodes: 6, edge: 0.04, source: 30, pill: 14, letter: 3.5, beside: 24, field: 66, pages: 5, apart: 54, window: 44,
  bends: [0.8, 0.42],
};
const STRIP = {
  radius: 15, bus: 0.6, nodes: 4, edge: 0.02, source: 12, pill: 11, letter: 3, beside: 12, field: 26, pages: 3, apart: 38, window: 26,
  bends: [0.6, 0.55], strip: true,
};
const STRIP_BELOW = 720;
const MOST_DOTS = 40;
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
    const from = sources[Object.keys(SOURCES).indexOf(source)];
    if (document.hidden || reducedMotion.matches || this.#dots.length > MOST_DOTS) {
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
    const size = stage.width < STRIP_BELOW ? STRIP : WIDE;
    const busY = box.y + box.h * size.bus;
    const shown = this.#nodes.slice(0, size.nodes);
    const count = Math.max(2, shown.length);
    const left = box.x + box.w * size.edge;
    const width = box.w * (1 - 2 * size.edge);
    const place = (index, of) => left + (width * (index + 0.5)) / of;
    const nodes = shown.map((node, index) => ({ ...node, x: place(index, count), y: busY }));
    if (nodes.length < count) {
      nodes.push({ guest: true, alive: false, name: "+", x: place(count - 1, count), y: busY });
    }
    // A source joins the bus, not a node.
    const besideNodes = (x) => {
      const near = nodes.find((node) => Math.abs(node.x - x) < size.radius + 10);
      return near ? near.x + (x > near.x ? 1 : -1) * (size.radius + size.beside) : x;
    };
    const sources = Object.values(SOURCES).map(([words, brief], index, { length }) => (
      { words: size === STRIP ? brief : words, x: besideNodes(place(index, length)), y: box.y + size.source }));
    this.#geometry = { ...size, H: stage.height, busY, left, width, nodes, sources, pages: [], rail: railX() - stage.left };
    set(this.#svg, { viewBox: `0 0 ${stage.width} ${stage.height}` });
    this.#geometry.pages = this.#otherPages();
    this.#drawBack();
    this.#drawNodes();
    this.#describe();
    this.#wake();
  }

  #otherPages() {
    const { nodes, H, radius, left, width, pages: most, apart, window } = this.#geometry;
    const alive = nodes.filter((node) => node.alive);
    const others = alive.length && Math.min(Math.max(0, this.#pages - 1), most);
    return Array.from({ length: others }, (_, index) => {
      const node = alive[(index + 1) % alive.length];
      const x = left + width - 24 - (others - 1 - index) * apart;
      const y = H - window;
      const from = node.y + radius;
      return { x, y, curve: [[node.x, from], [node.x, from + (y - from) * 0.6], [x, y - (y - from) * 0.5], [x, y]] };
    });
  }

  #nodeX(id) {
    return this.#geometry.nodes.find((node) => node.id === id)?.x;
  }

  // The thread of this page, from its node to the rail at the foot of the stage.
  #curve() {
    const { busY, radius, H, rail, bends: [upper, lower] } = this.#geometry;
    const y = busY + radius + 2;
    const foot = H + 2;
    return [[this.#top.x, y], [this.#top.x, y + (foot - y) * upper], [rail, foot - (foot - y) * lower], [rail, foot]];
  }

  // Drawing.

  #drawBack() {
    const { busY, left, width, nodes, sources, field, pill, letter, radius, pages, rail, H, strip } = this.#geometry;
    const back = this.#layers.back;
    back.replaceChildren(
      s("rect", { class: "field", x: left - 10, y: busY - field, width: width + 20, height: 2 * field, rx: 22 }),
      label(left + 2, busY - field + (strip ? 14 : 22), nodes.length < 4 || !strip ? "cluster" : "", "start"),
      // On a phone, between the source in the middle and the last node.
      strip ? label((sources[1].x + nodes.at(-1).x - radius) / 2, busY - 9, nodes.length < 4 ? "event bus" : "", "middle")
        : label(left + width - 8, busY - field + 22, "event bus", "end"),
    );
    for (const source of sources) {
      back.append(s("path", { class: "feed", d: `M${source.x} ${source.y}V${busY}` }));
    }
    back.append(s("path", { class: "bus", d: `M${left + 8} ${busY}H${left + width - 8}` }));
    for (const source of sources) {
      const half = source.words.length * letter + 12;
      back.append(s("g", { class: "source" },
        s("rect", { x: source.x - half, y: source.y - pill, width: 2 * half, height: 2 * pill, rx: pill }),
        label(source.x, source.y + 4, source.words, "middle", "strong")));
    }
    this.#layers.others.replaceChildren(
      ...pages.map(({ curve }) => s("path", { class: "other", d: pathOf(curve) })),
      ...pages.map(({ x, y }) => s("g", {},
        s("rect", { class: "window", x: x - 15, y, width: 30, height: strip ? 18 : 21, rx: 4 }),
        s("path", { class: "other", d: `M${x - 15} ${y + 6}h30` }))),
    );
    if (pages.length) {
      const { x, y } = pages[0];
      this.#layers.others.append(label(x - 24, y + 15, this.#pages === 2 ? "another page" : `${this.#pages - 1} other pages`, "end"));
    }
    if (!strip) {
      this.#layers.others.append(label(rail + 28, H - 8, "this page", "start", "strong"));
    }
  }

  #drawNodes() {
    const { nodes, radius, busY, left, width, strip, H } = this.#geometry;
    this.#layers.nodes.replaceChildren(...nodes.map((node) => {
      const kind = node.guest ? "guest" : node.alive ? "" : "dead";
      const mine = this.#attached && node.id === this.#mine ? "mine" : "";
      const slash = radius * 0.5;
      const below = node.guest ? "start a second node" : node.alive ? `:${node.port}` : "gone";
      const group = s("g", { class: `cnode ${kind} ${mine}`, "data-node": node.name },
        s("circle", { cx: node.x, cy: busY, r: radius }),
        label(node.x, busY + (strip ? 5 : 7), node.name, "middle", "name"),
        s("path", { class: "gone", d: `M${node.x - slash} ${busY + slash}l${2 * slash} ${-2 * slash}` }),
        // The thread leaves the node at its foot, so the port stands beside the thread.
        strip ? label(node.x + (node.guest ? -1 : 1) * (radius + 5), busY + 17, below, node.guest ? "end" : "start", mine ? "strong" : "")
          : node.id === this.#mine ? label(node.x + 8, busY + radius + 19, below, "start", mine ? "strong" : "")
            : label(node.x, busY + radius + 19, below, "middle"));
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
        // Between the words "cluster" and "event bus"; on a phone at the foot.
        const middle = left + width / 2;
        const x = Math.max(middle - width / 5, Math.min(middle + width / 5, node.x));
        this.#layers.nodes.append(label(strip ? middle : x, strip ? H - 8 : busY - radius - 20,
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
    const target = this.#nodeX(this.#mine) ?? this.#geometry.nodes[0].x;
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
