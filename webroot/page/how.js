/** The lines that make a scene, as a page, with curl and in Vert.x; ready to copy. */

import { h } from "./dom.js";
import { tabList } from "./tabs.js";

const LANGUAGES = { page: "Page", curl: "curl", vertx: "Vert.x" };

/** @param how {page, curl, vertx, note}; each is a text */
export function howPanel(scene, how) {
  const list = h("div", { class: "langs", "aria-label": "Language" });
  const blocks = Object.entries(LANGUAGES).filter(([id]) => how[id]).map(([id, title]) => ({
    id: `${scene}-${id}`, title, panel: codeBlock(how[id], `${title} code`),
  }));
  const panel = h("aside", { class: "how", "aria-label": "How it is made" },
    h("h3", {}, "The lines that make it"), list, ...blocks.map(({ panel: block }) => block),
    how.note && h("p", { class: "note" }, how.note));
  tabList(list, blocks).select(blocks[0].id);
  return panel;
}

export function codeBlock(text, name, wrap = false) {
  const pre = h("pre", { class: wrap && "wrap", tabindex: "0", role: "group", "aria-label": name }, h("code", {}, text));
  return h("div", { class: "code" }, pre, copyButton(() => pre.textContent));
}

export function copyButton(text, words = "Copy") {
  const button = h("button", { type: "button", class: "quiet copy" }, words);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      // Not a secure context, or refused: the text can still be selected.
      button.textContent = "Copy by hand";
    }
    setTimeout(() => {
      button.textContent = words;
    }, 2_000);
  });
  return button;
}

/** Quotes a text for a POSIX shell. */
export const quoted = (text) => `'${String(text).replaceAll("'", "'\\''")}'`;
