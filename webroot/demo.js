/** Puts the page together; each part lives in a module of its own and meets the others through sse:* events only. */

import { Announcer } from "./announcer.js";
import { composer } from "./composer.js";
import { Connection } from "./connection.js";
import { entryOf, plainEntry } from "./entries.js";
import { help } from "./help.js";
import { scoreboard } from "./scoreboard.js";
import { renew, startOver } from "./session.js";
import { status } from "./status.js";
import { Timeline } from "./timeline.js";

const CHANNELS = ["sse", "activity", "scores.demo"];
const EVENT_NAMES = ["message", "activity", "ball"];

const byId = (id) => document.getElementById(id);
const query = new URLSearchParams(CHANNELS.map((channel) => ["channel", channel]));
const connection = new Connection(`stream?${query}`, { eventNames: EVENT_NAMES, beforeRetry: startOver });
const timeline = new Timeline(byId("entries"));
const announcer = new Announcer(byId("announcer"));

status({
  state: byId("state"),
  stateText: byId("state-text"),
  count: byId("count"),
  reconnect: byId("reconnect"),
  counted: EVENT_NAMES,
  onReconnect: () => connection.open(),
});
scoreboard(byId("scoreboard"));
help(byId("help"));
composer({ who: byId("who"), act: byId("act"), fields: byId("act-fields"), notice: byId("notice"), timeline });

for (const name of EVENT_NAMES) {
  document.addEventListener(`sse:${name}`, ({ detail }) => show(detail));
}

// The history no longer reaches back to the last event that this page has: what is kept comes now.
document.addEventListener("sse:stream-reset", ({ detail }) => {
  const entry = plainEntry("Some events were missed while this page was away. The oldest that are still kept follow.");
  entry.dataset.reset = String(detail.data?.reason ?? "");
  timeline.add(entry, {});
});

function show(detail) {
  const ref = typeof detail.data?.ref === "string" ? detail.data.ref : undefined;
  const known = ref && timeline.entry(ref);
  if (known) {
    // Our own, come back: proof of delivery, even when the answer to its POST was lost.
    known.dataset.delivery = "sent";
    return;
  }
  const entry = entryOf(detail);
  timeline.add(entry, { ref });
  announcer.announce([...entry.querySelectorAll("[data-field]")].map((part) => part.textContent).join(" ").trim());
}

// The stream opened with this cookie ends soon; the browser comes back by itself and should find a fresh one.
document.addEventListener("sse:stream-warning", renew);

// A page kept in the back/forward cache must not hold a stream, and browsers keep none that does.
addEventListener("pagehide", () => connection.close());
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) {
    connection.open();
  }
});
connection.open();
