/** Ages in words, kept fresh: "just now", "2 min", "3 h", then the date. The time is the server's, from the envelope. */

import { h } from "./dom.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const REFRESH_MS = 15_000;

export function timeElement(date) {
  const valid = date instanceof Date && !Number.isNaN(date.getTime()) ? date : new Date();
  return h("time", { datetime: valid.toISOString(), title: valid.toLocaleString() }, age(valid, new Date()));
}

export function keepFresh(root) {
  const refresh = () => {
    const now = new Date();
    for (const element of root.querySelectorAll("time[datetime]")) {
      const words = age(new Date(element.dateTime), now);
      // A text that is the same must not be written: it would disturb a selection.
      if (element.textContent !== words) {
        element.textContent = words;
      }
    }
  };
  setInterval(refresh, REFRESH_MS);
  document.addEventListener("visibilitychange", refresh);
}

/** The clocks of server and page may differ: a time in the future is "just now" too. */
export function age(date, now) {
  const passed = now - date;
  if (passed < MINUTE_MS) {
    return "just now";
  }
  if (passed < HOUR_MS) {
    return `${Math.floor(passed / MINUTE_MS)} min`;
  }
  return passed < DAY_MS ? `${Math.floor(passed / HOUR_MS)} h` : date.toLocaleDateString();
}

export function seconds(millis) {
  if (millis < 950) {
    return `${Math.round(millis)} ms`;
  }
  return millis < 60_000 ? `${(millis / 1000).toFixed(1)} s` : span(millis);
}

/** 59:12, 11:59:08 */
export function span(millis) {
  const total = Math.max(0, Math.floor(millis / 1000));
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
