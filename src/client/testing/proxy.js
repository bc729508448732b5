/** A gateway on a free port of loopback that can fail in the ways of real ones. */

import { once } from "node:events";
import { connect, createServer } from "node:net";

const BAD_GATEWAY = "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 3\r\nConnection: close\r\n\r\n502";

export class Proxy {
  #server;
  #pairs = new Set();
  #mode = "pass";
  #dropsAnswers = false;
  connections = 0;

  static async start(port) {
    const proxy = new Proxy();
    proxy.#server = createServer((client) => proxy.#accept(client, port));
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}/`;
  }

  #accept(client, port) {
    this.connections++;
    client.on("error", () => {});
    if (this.#mode === "502") {
      client.once("data", () => client.end(BAD_GATEWAY));
      return;
    }
    const pair = { client, server: connect(port, "127.0.0.1"), isSwallowed: this.#mode === "swallow" };
    pair.server.on("error", () => {});
    this.#pairs.add(pair);
    client.on("data", (bytes) => pair.isSwallowed || pair.server.write(bytes));
    pair.server.on("data", (bytes) => {
      if (this.#dropsAnswers && /^HTTP\/1.1 20[01]/.test(bytes) && !/event-stream/.test(bytes)) {
        this.#dropsAnswers = false;
        client.destroy();
      } else if (!pair.isSwallowed) {
        client.write(bytes);
      }
    });
    client.on("close", () => this.#end(pair));
    pair.server.on("close", () => pair.isSwallowed || this.#end(pair));
  }

  #end(pair) {
    this.#pairs.delete(pair);
    pair.client.destroy();
    pair.server.destroy();
  }

  /** Cuts all connections. */
  cut() {
    [...this.#pairs].forEach((pair) => this.#end(pair));
  }

  /** Answers 502 to all requests, after cutting all connections. */
  refuse() {
    this.#mode = "502";
    this.cut();
  }

  /** Takes all bytes from now on, passes none, and closes no connection. New connections work if they are allowed to. */
  swallow({ newOnes = true } = {}) {
    this.#pairs.forEach((pair) => (pair.isSwallowed = true));
    this.#mode = newOnes ? "swallow" : "pass";
  }

  /** Loses the next answer that is not a stream. */
  dropAnswer() {
    this.#dropsAnswers = true;
  }

  pass() {
    this.#mode = "pass";
  }

  close() {
    this.cut();
    this.#server.close();
  }
}
