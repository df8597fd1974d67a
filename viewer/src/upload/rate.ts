/** Bytes a second over the last moments, steady enough to say how long is left. */

const WINDOW_MS = 8000;

export class Rate {
  #marks: { at: number; done: number }[] = [];

  mark(done: number, at = performance.now()): void {
    this.#marks.push({ at, done });
    while (this.#marks.length > 2 && at - (this.#marks[0]?.at ?? at) > WINDOW_MS) this.#marks.shift();
  }

  perSecond(): number {
    const first = this.#marks[0];
    const last = this.#marks.at(-1);
    if (!first || !last || last.at - first.at < 200) return 0;
    return ((last.done - first.done) / (last.at - first.at)) * 1000;
  }
}
