/** The clock of a simulation, in seconds. It jumps from one event to the next. */
export class Clock {
  now = 0;
  #order = 0;
  /** A binary heap. The earliest is first; of two at the same time, the one that was scheduled first. */
  readonly #heap: { at: number; order: number; action: () => void }[] = [];

  /** Runs the action so many seconds from now. */
  after(seconds: number, action: () => void): void {
    const event = { at: this.now + seconds, order: this.#order++, action };
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (!above || !isEarlier(event, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
  }

  /** Runs everything that is due until then, and leaves the rest. */
  runUntil(seconds: number): void {
    for (let first = this.#heap[0]; first && first.at <= seconds; first = this.#heap[0]) {
      this.#removeFirst();
      this.now = first.at;
      first.action();
    }
    this.now = seconds;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      const below = right && left && isEarlier(right, left) ? right : left;
      if (!below || !isEarlier(below, last)) break;
      heap[index] = below;
      index = 2 * index + (below === right ? 2 : 1);
    }
    heap[index] = last;
  }
}

const isEarlier = (one: { at: number; order: number }, other: { at: number; order: number }) =>
  one.at < other.at || (one.at === other.at && one.order < other.order);
