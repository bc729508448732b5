/** Shows the Markdown files of the documentation: headings, paragraphs, lists, tables, code and links, all built as text. */

import { byId, h } from "./dom.js";

const PAGES = {
  README: "README", "http-api": "HTTP API", protocol: "Streams", clients: "Clients", "event-bus": "Event bus",
  configuration: "Configuration", guarantees: "Guarantees", operations: "Operations",
  deployment: "Deployment",
};
const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|!?\[([^\]]*)\]\(([^)\s]+)\)|<(https?:[^>\s]+)>/g;

addEventListener("hashchange", load);
load();

async function load() {
  const [name, anchor] = location.hash.slice(1).split("/");
  const page = /^[\w-]+$/.test(name) ? name : "README";
  const response = await fetch(`docs/${page}.md`);
  const text = response.ok ? await response.text() : `# Not here\n\nThere is no page ${page}.`;
  byId("text").replaceChildren(...blocks(text, page));
  document.title = `${PAGES[page] ?? page} · SSE Bridge`;
  (anchor ? byId(anchor) : undefined)?.scrollIntoView();
}

byId("links").append(...Object.entries(PAGES).map(([page, words]) => h("li", {}, h("a", { href: `#${page}` }, words))));

function blocks(text, page) {
  const lines = text.split("\n");
  const made = [];
  while (lines.length) {
    const line = lines.shift();
    const heading = /^(#{1,4}) (.*)/.exec(line);
    if (line.startsWith("```")) {
      made.push(h("pre", { tabindex: "0" }, h("code", {}, until(lines, (next) => next.startsWith("```"), true).join("\n"))));
    } else if (heading) {
      made.push(h(`h${heading[1].length}`, { id: slug(heading[2]) }, inline(heading[2], page)));
    } else if (line.startsWith("|")) {
      made.push(table([line, ...until(lines, (next) => !next.startsWith("|"))], page));
    } else if (/^ *(-|\d+\.) /.test(line)) {
      const items = [line, ...until(lines, (next) => next === "" || /^#|^\||^```/.test(next))];
      made.push(list(items, page));
    } else if (line.trim() && !line.startsWith("<")) {
      const rest = until(lines, (next) => next === "" || /^#|^\||^```|^- /.test(next));
      made.push(h("p", {}, inline([line, ...rest].join(" "), page)));
    }
  }
  return made;
}

function until(lines, ends, drop = false) {
  const taken = [];
  while (lines.length && !ends(lines[0])) {
    taken.push(lines.shift());
  }
  if (drop) {
    lines.shift();
  }
  return taken;
}

function list(lines, page) {
  const items = [];
  for (const line of lines) {
    const item = /^ *(?:-|\d+\.) (.*)/.exec(line);
    if (item) {
      items.push(item[1]);
    } else {
      items[items.length - 1] += ` ${line.trim()}`;
    }
  }
  return h(/^ *\d/.test(lines[0]) ? "ol" : "ul", {}, items.map((item) => h("li", {}, inline(item, page))));
}

function table(lines, page) {
  const [head, , ...rows] = lines.map((line) => line.replace(/^\||\|\s*$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|")));
  const row = (cells, tag) => h("tr", {}, cells.map((cell) => h(tag, {}, inline(cell, page))));
  return h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Table" },
    h("table", {}, h("thead", {}, row(head, "th")), h("tbody", {}, rows.map((cells) => row(cells, "td")))));
}

function inline(text, page) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    parts.push(text.slice(end, found.index));
    end = found.index + found[0].length;
    const [, code, strong, words, target, address] = found;
    parts.push(code ? h("code", {}, code) : strong ? h("strong", {}, inline(strong, page))
      : address ? h("a", { href: address }, address) : link(words, target, page));
  }
  return [...parts, text.slice(end)];
}

// Only links to other pages of the documentation, and to the web, lead anywhere from here.
function link(words, target, page) {
  const local = /^(?:src\/docs\/)?([\w-]+)\.md(?:#(.*))?$/.exec(target);
  const href = target.startsWith("#") ? `#${page}/${target.slice(1)}`
    : local ? `#${local[1]}${local[2] ? `/${local[2]}` : ""}`
      : /^https?:/.test(target) ? target : undefined;
  return href ? h("a", { href }, inline(words, page)) : h("span", {}, inline(words, page));
}

const slug = (heading) => heading.toLowerCase().replaceAll("`", "").replace(/[^\p{L}\p{N} -]/gu, "").replaceAll(" ", "-");
