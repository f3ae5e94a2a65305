/**
 * A row that transactions write. While one holds it, every other one that wants it is cancelled with
 * TransactionConflict: there is no queue. Times are in seconds.
 */
export class ProductRow {
  available: number;
  sold = 0;
  #heldUntil = 0;

  constructor(available: number) {
    this.available = available;
  }

  isHeld(now: number): boolean {
    return now < this.#heldUntil;
  }

  hold(now: number, seconds: number): void {
    this.#heldUntil = now + seconds;
  }
}
