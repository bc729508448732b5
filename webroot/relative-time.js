/** Ages in words, kept fresh: "just now", "2 min", "3 h", then the date. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const REFRESH_MS = 15_000;

export function showTime(element, date) {
  element.dateTime = date.toISOString();
  element.title = date.toLocaleString();
  element.textContent = age(date, new Date());
}

/** Keeps every <time> below the root fresh, for as long as the page lives. */
export function keepFresh(root) {
  const refresh = () => {
    const now = new Date();
    for (const element of root.querySelectorAll("time")) {
      const words = age(new Date(element.dateTime), now);
      // Unchanged text must not be written: it would disturb a selection.
      if (element.textContent !== words) {
        element.textContent = words;
      }
    }
  };
  setInterval(refresh, REFRESH_MS);
  // Browsers slow the timers of hidden tabs down.
  document.addEventListener("visibilitychange", refresh);
}

/** A date of the sender's clock may lie in our future: that is "just now" too. */
export function age(date, now) {
  const passed = now - date;
  if (passed < MINUTE_MS) {
    return "just now";
  }
  if (passed < HOUR_MS) {
    return `${Math.floor(passed / MINUTE_MS)} min`;
  }
  if (passed < DAY_MS) {
    return `${Math.floor(passed / HOUR_MS)} h`;
  }
  return date.toLocaleDateString();
}
