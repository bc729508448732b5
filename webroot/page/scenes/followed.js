/**
 * A scene that follows one channel until the channel ends. The address of the page names the channel, so a reload or
 * another device goes on.
 */

import { post } from "../demo-api.js";
import { h, statusNote } from "../dom.js";
import { copyButton } from "../how.js";
import { reason } from "../problem.js";

export class Followed {
  /** The end of the address of the page, which names the channel. */
  address;
  channel;
  context;
  note;
  /** The button that starts a new channel. */
  starter;
  share = h("div", { class: "row", hidden: true },
    h("button", { type: "button", on: { click: () => location.reload() } }, "Reload this page now"),
    copyButton(() => location.href, "Copy the address for another device"));
  #kind;

  /** @param kind the word in the address of the page; the channels are {kind}s.{id} */
  constructor(context, kind, words) {
    this.context = context;
    this.#kind = kind;
    this.note = statusNote(words);
  }

  show() {
    const [, id] = new RegExp(`^#${this.#kind}=([\\w-]{1,60})$`).exec(location.hash) ?? [];
    if (id) {
      this.#follow(id, "Opened by the address of this page. The events so far came from the history.");
    }
  }

  end({ channel }) {
    if (channel === this.channel) {
      this.starter.disabled = false;
      this.context.link.bridge.remove(channel);
    }
  }

  /** @param words makes the note from the address of the stream */
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
