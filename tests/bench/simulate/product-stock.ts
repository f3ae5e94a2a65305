import type { Settings } from './settings.ts';
import { TokenBucket } from './token-bucket.ts';

/**
 * A row that transactions write. While one holds it, every other one that wants it is cancelled with
 * TransactionConflict: there is no queue. Times are in seconds.
 */
export class ProductRow {
  available: number;
  sold = 0;
  readonly writes: TokenBucket;
  #heldUntil = 0;

  constructor(available: number, writesPerSecond: number) {
    this.available = available;
    this.writes = new TokenBucket({ perSecond: writesPerSecond, burst: writesPerSecond });
  }

  isHeld(now: number): boolean {
    return now < this.#heldUntil;
  }

  hold(now: number, seconds: number): void {
    this.#heldUntil = now + seconds;
  }
}

/** The stock of one product, on one row as it is built, or split evenly between several. */
export class ProductStock {
  readonly rows: ProductRow[];

  constructor({ stockShards, unitsOfEach, partitionWrites }: Settings) {
    this.rows = Array.from(
      { length: stockShards },
      (_, row) => new ProductRow(share(unitsOfEach, stockShards, row), partitionWrites),
    );
  }

  get isSoldOut(): boolean {
    return this.rows.every(({ available }) => available < 1);
  }

  /** The row of an order at its first try, its second and so on, in turn. */
  row(order: number, tried: number): ProductRow {
    const row = this.rows[(order + tried) % this.rows.length];
    if (!row) throw new Error('a stock has no row');
    return row;
  }
}

/** The units of one of the rows among which a stock is split. */
function share(units: number, rows: number, row: number): number {
  if (!Number.isFinite(units)) return units;
  return Math.floor(units / rows) + (row < units % rows ? 1 : 0);
}
