/** Turns what arrived into list items. Whatever the data: it goes in as text, never as markup, and never fails. */

import { showTime } from "./relative-time.js";

const LONGEST_TEXT = 500;
const SENTENCES = new Map([
  ["say", "says"],
  ["like", "likes"],
  ["share", "shares"],
  ["cheer", "cheers"],
  ["post", "posts"],
  ["note", "notes"],
]);
const ICONS = new Set(["say", "like", "share", "cheer"]);

/** The entry for an event's detail; what is not of the expected shape is shown as it came. */
export function entryOf({ name, text, data }) {
  if (name === "activity" && typeof data?.actor === "string") {
    return activityEntry(data);
  }
  if (name === "ball" && data?.over !== undefined) {
    return ballEntry(data);
  }
  return plainEntry(text);
}

export function activityEntry({ actor, verb, text, at }) {
  const entry = fromTemplate("activity-entry");
  const icon = ICONS.has(verb) ? verb : "other";
  entry.dataset.verb = icon;
  entry.querySelector("use").setAttribute("href", `#icon-${icon}`);
  fill(entry, { actor, verb: SENTENCES.get(verb) ?? verb, text });
  showTime(entry.querySelector("time"), dateOf(at));
  return entry;
}

function ballEntry({ over, runs, batter, bowler, text, score, wicket }) {
  const entry = fromTemplate("ball-entry");
  const result = wicket === true ? "W" : runs > 0 ? runs : "•";
  entry.dataset.result = result;
  fill(entry, {
    result,
    over,
    players: bowler && batter ? `${bowler} to ${batter}` : "",
    text,
    score,
  });
  showTime(entry.querySelector("time"), new Date());
  return entry;
}

export function plainEntry(text) {
  const entry = fromTemplate("plain-entry");
  fill(entry, { text });
  showTime(entry.querySelector("time"), new Date());
  return entry;
}

function fromTemplate(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

/** Puts each value as text into the element that names its field; shared with the scoreboard. */
export function fill(root, values) {
  for (const [field, value] of Object.entries(values)) {
    root.querySelector(`[data-field="${field}"]`).textContent = brief(value);
  }
}

function brief(value) {
  const text = typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "");
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}

function dateOf(at) {
  const date = new Date(typeof at === "string" ? at : NaN);
  return Number.isNaN(date.getTime()) ? new Date() : date;
}
