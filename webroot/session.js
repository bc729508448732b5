/**
 * Whom this browser acts as. The bridge keeps the proof in a cookie that scripts cannot read, shared by all tabs;
 * so the name is remembered beside it for all tabs too.
 */

const NAME_KEY = "sse-bridge-demo.name";

let name = stored();

/** Calls back with the remembered name, at once and whenever a tab changes it. */
export function onName(listener) {
  listener(name);
  addEventListener("storage", ({ key }) => {
    if (key === NAME_KEY) {
      name = stored();
      listener(name);
    }
  });
}

export async function actAs(newName) {
  await post("demo/session", { sub: newName });
  name = newName;
  try {
    localStorage.setItem(NAME_KEY, name);
  } catch {
    // Storage is switched off: then the name lasts as long as the page.
  }
}

/** Makes the cookie good again: it expires, or the demo was restarted with another key. Best effort. */
export async function renew() {
  if (name) {
    // Whoever needs the cookie will meet the trouble and tell of it.
    await actAs(name).catch(() => {});
  }
}

/** After the bridge refused us: a good cookie, or none. Cookies know no ports: a page without a name may have one. */
export async function startOver() {
  if (name) {
    await renew();
  } else {
    await fetch("session", { method: "DELETE" }).catch(() => {});
  }
}

export async function publish(channel, event) {
  const path = `publish/${encodeURIComponent(channel)}`;
  try {
    await post(path, event);
  } catch (trouble) {
    if (trouble.status !== 401) {
      throw trouble;
    }
    await renew();
    await post(path, event);
  }
}

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new Error("The bridge cannot be reached.");
  });
  if (!response.ok) {
    throw Object.assign(new Error(await explanation(response)), { status: response.status });
  }
}

/** What application/problem+json (RFC 9457) says, or the bare status where something else answered. */
async function explanation(response) {
  const problem = await response.json().catch(() => undefined);
  return String(problem?.detail ?? problem?.title ?? `Refused with status ${response.status}.`);
}

function stored() {
  try {
    return localStorage.getItem(NAME_KEY) ?? "";
  } catch {
    return "";
  }
}
