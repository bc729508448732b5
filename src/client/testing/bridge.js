/** A real node without a cluster: a process that runs the jar, in a directory of its own, on a free port. */

import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const JAR = process.env.BRIDGE_JAR ?? fileURLToPath(new URL("../../../target/sse-bridge.jar", import.meta.url));
// Such as an archive of classes, with which it starts sooner.
const JAVA_OPTION = process.env.BRIDGE_JAVA_OPTION;
const SECRET = "a secret for tests only, 32 bytes or more";
const START_MILLIS = 60_000;

const CONFIG = `
http: {host: 127.0.0.1}
auth: {jwt: {secret: "${SECRET}", leeway: 0s}}
stream: {heartbeat: 300ms, retry: 200ms, warnBeforeExpiry: 2s}
limits: {channelsPerStream: 5}
shutdown: {grace: 0s, drain: 100ms}
channels:
  - {channel: "public.{name}", subscribe: public, publish: public}
  - {channel: "short.{name}", subscribe: public, publish: public, history: {size: 16}}
  - {channel: "live.{name}", subscribe: public, publish: public, history: none}
  - {channel: "team.{name}", publish: public}
`;

export class Bridge {
  #process;
  #directory;
  url;

  static async start() {
    const bridge = new Bridge();
    bridge.#directory = await mkdtemp(join(tmpdir(), "sse-bridge-"));
    const config = join(bridge.#directory, "config.yaml");
    await writeFile(config, CONFIG);
    const options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", ...(JAVA_OPTION ? [JAVA_OPTION] : []), "-jar", JAR, "-conf", config, "--standalone"];
    bridge.#process = spawn("java", options, { cwd: bridge.#directory, env: { ...process.env, SSE_HTTP_PORT: "0" } });
    bridge.url = await bridge.#listening();
    return bridge;
  }

  #listening() {
    return new Promise((resolve, reject) => {
      let output = "";
      const fail = () => reject(new Error(`The bridge did not start:\n${output}`));
      const timer = setTimeout(fail, START_MILLIS);
      const read = (bytes) => {
        output += bytes;
        const [, port] = /listening on http:\/\/[^/ ]+:(\d+)\//.exec(output) ?? [];
        if (port) {
          clearTimeout(timer);
          resolve(`http://127.0.0.1:${port}/`);
        }
      };
      this.#process.stdout.on("data", read);
      this.#process.stderr.on("data", read);
      this.#process.on("exit", fail);
    });
  }

  get port() {
    return Number(new URL(this.url).port);
  }

  async publish(channel, data, fields = {}) {
    const answer = await fetch(`${this.url}publish/${channel}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ data, ...fields }),
    });
    if (!answer.ok) {
      throw new Error(await answer.text());
    }
    return answer.json();
  }

  async publishAll(channel, ...data) {
    for (const each of data) {
      await this.publish(channel, each);
    }
  }

  async subscribers(channel) {
    return (await (await fetch(`${this.url}presence/${channel}`)).json()).subscribers;
  }

  async close() {
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** A token of alice for all channels of the team. */
export function token({ seconds = 3_600, channels = ["team.*"] } = {}) {
  const part = (json) => Buffer.from(JSON.stringify(json)).toString("base64url");
  const claims = { sub: "alice", exp: Math.floor(Date.now() / 1_000) + seconds, channels: { subscribe: channels }, jti: `${Math.random()}` };
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", SECRET).update(signed).digest("base64url")}`;
}
