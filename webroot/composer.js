/** The forms by which the visitor takes part: who, and what. */

import { activityEntry, fill } from "./entries.js";
import { actAs, onName, publish } from "./session.js";

const CHANNEL = "activity";

export function composer({ who, act, fields, notice, timeline }) {
  let actor = "";

  const become = (name) => {
    actor = name;
    fields.disabled = !name;
    if (name) {
      who.elements.name.value = name;
      who.elements.enter.textContent = "Change";
      notice.textContent = `You act as ${name}. Every open page sees what you do.`;
    }
  };

  who.addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = who.elements.name.value.trim();
    try {
      await actAs(name);
      become(name);
      act.elements.text.focus();
    } catch (trouble) {
      notice.textContent = trouble.message;
    }
  });

  act.addEventListener("submit", (event) => {
    event.preventDefault();
    const { verb, text } = act.elements;
    const at = new Date().toISOString();
    const activity = { actor, verb: verb.value, text: text.value.trim(), at, ref: randomId() };
    // Shown before it is sent: the stream will bring it back, and the timeline knows it by its ref.
    const entry = activityEntry(activity);
    timeline.add(entry, { ref: activity.ref, own: true });
    entry.querySelector("button").addEventListener("click", () => send(entry, activity));
    text.value = "";
    send(entry, activity);
  });

  onName(become);
}

/** May be repeated: every page shows a ref once, also when the answer to the first try was lost. */
async function send(entry, activity) {
  entry.dataset.delivery = "sending";
  try {
    await publish(CHANNEL, { event: "activity", data: activity });
    entry.dataset.delivery = "sent";
  } catch ({ message }) {
    entry.dataset.delivery = "failed";
    fill(entry, { trouble: message });
  }
}

// crypto.randomUUID() is missing outside secure contexts, and a demo is often opened by plain http and address.
function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
