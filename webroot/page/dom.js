/** Builds elements. Texts go in as text, so data never becomes markup. */

export const byId = (id) => document.getElementById(id);

/** h("p", {class: "note", on: {click}}, "text", element, …); a property that is undefined or false is left out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false || value === null) {
      continue;
    }
    if (name === "on") {
      Object.entries(value).forEach(([type, listener]) => element.addEventListener(type, listener));
    } else if (name === "data") {
      Object.assign(element.dataset, value);
    } else if (name === "vars") {
      Object.entries(value).forEach(([key, text]) => element.style.setProperty(key, text));
    } else {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  set(element, attributes);
  element.append(...children);
  return element;
}

export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
}

const icon = (path) => () => {
  const svg = s("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" });
  svg.append(s("path", { d: path }));
  return svg;
};

export const icons = {
  heart: icon("M12 19.5S4 14.8 4 9.2A4.2 4.2 0 0 1 12 7.4a4.2 4.2 0 0 1 8 1.8c0 5.6-8 10.3-8 10.3Z"),
  send: icon("M5 12h13M12.5 6.5 18 12l-5.5 5.5"),
};

/** A short text about the last action, also read by a screen reader. */
export const statusNote = (words = "") => h("p", { class: "note", role: "status" }, words);

/** Choices side by side; one is chosen. */
export function chips(label, name, options, chosen, change) {
  return h("div", { class: "chips", role: "radiogroup", "aria-label": label }, Object.entries(options).map(([value, words]) =>
    h("label", {}, h("input", { type: "radio", name, value, checked: value === chosen, on: { change: () => change?.(value) } }), h("span", {}, words))));
}

/** A field for one line of text. */
export function textField(name, label, properties) {
  return h("input", { type: "text", name, "aria-label": label, autocomplete: "off", ...properties });
}

/** A field with a button; "sent" is called with the text. */
export function sendForm(input, button, sent, ...more) {
  return h("form", { class: "send", on: { submit: (event) => {
    event.preventDefault();
    sent(input.value.trim());
  } } }, input, button, more);
}

export const sendButton = () => h("button", { class: "primary" }, icons.send(), h("span", {}, "Send"));

/** Shortens a text from outside, which may have any length. */
export function brief(value, longest = 500) {
  const text = typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "");
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** The same colour for the same name, on every page. */
export function hueOf(name) {
  let hash = 7;
  for (const char of String(name)) {
    hash = (hash * 31 + char.codePointAt(0)) % 3600;
  }
  return String(hash / 10);
}

/** A round sign with the first letter of a name, in its colour. */
export function avatar(name) {
  return h("span", { class: "avatar", "aria-hidden": "true", vars: { "--hue": hueOf(name) } }, [...String(name)][0] ?? "?");
}

export const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

/** Not crypto.randomUUID(): it is missing on a page that came over plain HTTP by address. */
export const randomId = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

export const plural = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
