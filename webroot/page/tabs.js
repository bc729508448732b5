/** Tabs as https://www.w3.org/WAI/ARIA/apg/patterns/tabs/ describes them: one stop for Tab, arrows move and select. */

import { h } from "./dom.js";

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

/**
 * @param tabs of {id, title, panel}
 * @param selected called with the id of the tab that is selected
 * @returns {select}: select(id) selects a tab
 */
export function tabList(list, tabs, selected = () => {}) {
  const buttons = new Map();
  let current;

  const select = (id) => {
    if (!buttons.has(id) || id === current) {
      return;
    }
    current = id;
    for (const tab of tabs) {
      const chosen = tab.id === id;
      const button = buttons.get(tab.id);
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      tab.panel.hidden = !chosen;
    }
    const { offsetLeft, offsetWidth } = buttons.get(id);
    if (offsetLeft < list.scrollLeft || offsetLeft + offsetWidth > list.scrollLeft + list.clientWidth) {
      list.scrollLeft = offsetLeft - 24;
    }
    selected(id);
  };

  for (const { id, title, panel } of tabs) {
    const button = h("button", { type: "button", role: "tab", id: `tab-${id}`, "aria-controls": `panel-${id}`, on: { click: () => select(id) } }, title);
    panel.id = `panel-${id}`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", `tab-${id}`);
    buttons.set(id, button);
    list.append(button);
  }
  list.setAttribute("role", "tablist");
  list.addEventListener("keydown", (event) => {
    const ids = tabs.map(({ id }) => id);
    const ends = { Home: 0, End: ids.length - 1 };
    const next = event.key in ends ? ends[event.key]
      : event.key in STEPS ? (ids.indexOf(current) + STEPS[event.key] + ids.length) % ids.length : undefined;
    if (next !== undefined) {
      event.preventDefault();
      select(ids[next]);
      buttons.get(ids[next]).focus();
    }
  });
  return { select };
}
