/**
 * A scene about one channel, which begins and ends. The channel is in the address of the page, so a reload or another
 * device goes on.
 */

import { post } from "../demo-api.js";
import { h, statusNote } from "../dom.js";
import { copyButton } from "../how.js";
import { reason } from "../problem.js";

export class Followed {
  /** What to add to the address of the page. */
  address;
  channel;
  context;
  note;
  /** The button that starts it. */
  starter;
  share = h("div", { class: "row", hidden: true },
    h("button", { type: "button", on: { click: () => location.reload() } }, "Reload this page now"),
    copyButton(() => location.href, "Copy the address for another device"));
  #kind;

  /** @param kind of the address; its channels are {kind}s.{id} */
  constructor(context, kind, words) {
    this.context = context;
    this.#kind = kind;
    this.note = statusNote(words);
  }

  show() {
    const [, id] = new RegExp(`^#${this.#kind}=([\\w-]{1,60})$`).exec(location.hash) ?? [];
    if (id) {
      this.#follow(id, "From the address of this page. What has come so far is from the history.");
    }
  }

  end({ channel }) {
    if (channel === this.channel) {
      this.starter.disabled = false;
      this.context.link.bridge.remove(channel);
    }
  }

  /** @param words of the stream's address: what to say then */
  async start(body, words) {
    this.starter.disabled = true;
    try {
      const { id, stream } = await post(`demo/${this.#kind}s`, body, this.context.link.base());
      history.replaceState(null, "", `#${this.#kind}=${id}`);
      await this.#follow(id, ...words(stream));
    } catch (trouble) {
      this.#failed(trouble);
    }
  }

  async #follow(id, ...words) {
    const channel = `${this.#kind}s.${id}`;
    if (channel === this.channel) {
      return;
    }
    const { bridge } = this.context.link;
    bridge.remove(this.channel);
    this.channel = channel;
    this.address = `#${this.#kind}=${id}`;
    this.clear();
    this.note.replaceChildren(...words);
    this.share.hidden = false;
    await bridge.add(channel, { last: 500 }).catch((trouble) => this.#failed(trouble));
  }

  #failed(trouble) {
    this.starter.disabled = false;
    this.note.textContent = reason(trouble);
  }
}
