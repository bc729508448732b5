/** The commands that send an event to this very bridge, ready to copy. */

const COMMANDS = {
  text: { type: "text/plain", body: "Hello from the terminal" },
  activity: {
    type: "application/json",
    body: JSON.stringify({ event: "activity", data: { actor: "curl", verb: "cheer", text: "It works" } }),
  },
  ball: {
    type: "application/json",
    body: JSON.stringify({
      event: "ball",
      data: { match: "demo", over: "12.3", runs: 4, batter: "Rao", bowler: "Lind", text: "FOUR!", score: "134/3" },
    }),
  },
};

export function help(panel) {
  for (const code of panel.querySelectorAll("[data-command]")) {
    code.textContent = curl(COMMANDS[code.dataset.command]);
    // Only there in a secure context: https, or localhost.
    if (navigator.clipboard) {
      code.closest("pre").before(copyButton(code));
    }
  }
  // Nothing stands below it in the wide layout; on a phone it would push the timeline away.
  panel.open = matchMedia("(min-width: 60rem)").matches;
}

function curl({ type, body }) {
  return `curl -X POST ${new URL("publish/sse", document.baseURI)} \\\n  -H 'Content-Type: ${type}' \\\n  -d '${body}'`;
}

function copyButton(code) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      // Refused by the visitor: the text can still be selected.
      button.textContent = "Copy by hand";
    }
    setTimeout(() => {
      button.textContent = "Copy";
    }, 2_000);
  });
  return button;
}
