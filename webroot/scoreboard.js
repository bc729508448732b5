/** The score as of the last ball; not there until there is one. */

import { fill } from "./entries.js";

export function scoreboard(panel) {
  document.addEventListener("sse:ball", ({ detail: { data } }) => {
    if (data?.score === undefined) {
      return;
    }
    const { match, score, over, text } = data;
    fill(panel, { match, score, over, text });
    panel.hidden = false;
  });
}
