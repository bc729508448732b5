/** Web Locks for one process, as far as the module uses them: https://www.w3.org/TR/web-locks/ */
export class Locks {
  #held = new Map();
  #waiting = [];

  request(name, options, work) {
    return new Promise((resolve, reject) => {
      const lock = { name, work, resolve, reject };
      const aborted = () => {
        this.#waiting = this.#waiting.filter((each) => each !== lock);
        reject(new DOMException("aborted", "AbortError"));
      };
      if (options.signal?.aborted) {
        aborted();
        return;
      }
      lock.granted = () => options.signal?.removeEventListener("abort", aborted);
      options.signal?.addEventListener("abort", aborted);
      if (options.steal) {
        this.#held.get(name)?.reject(new DOMException("stolen", "AbortError"));
        this.#held.delete(name);
        this.#waiting.unshift(lock);
      } else {
        this.#waiting.push(lock);
      }
      this.#grant();
    });
  }

  #grant() {
    for (const lock of [...this.#waiting]) {
      if (!this.#held.has(lock.name)) {
        this.#waiting.splice(this.#waiting.indexOf(lock), 1);
        this.#held.set(lock.name, lock);
        lock.granted();
        queueMicrotask(() => this.#run(lock));
      }
    }
  }

  async #run(lock) {
    try {
      lock.resolve(await lock.work());
    } catch (failure) {
      lock.reject(failure);
    }
    if (this.#held.get(lock.name) === lock) {
      this.#held.delete(lock.name);
      this.#grant();
    }
  }
}
