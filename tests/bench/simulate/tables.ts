import type { Calibration } from './calibration.ts';
import { LIMITS } from './limit-names.ts';
import type { Settings } from './settings.ts';
import { TokenBucket } from './token-bucket.ts';

/** No single write takes more units than this, also where one order stands for several. */
const MOST_UNITS = 4;

/** The index's units of a write, by the status whose partition takes them. */
const STATUS_PARTITIONS: Record<string, string[]> = {
  'create-order': ['PENDING'],
  validate: ['PENDING', 'PROCESSING'],
  CompleteOrder: ['PROCESSING', 'COMPLETED'],
  MarkOrderFailed: ['PROCESSING', 'FAILED'],
};

/** Writes of the undo, which no completed order makes: one unit each. */
const UNDO_WRITES: Record<string, Record<string, number>> = {
  BeginUndo: { OrdersTable: 1 },
  MarkOrderFailed: { OrdersTable: 1 },
  MarkNeedsAttention: { OrdersTable: 1 },
};

type TableName = 'OrdersTable' | 'ProductsTable' | 'PaymentsTable';

/** Throughput of the tables, which spread over their partitions, and of the partitions of indexes, which all orders share. */
export class Tables {
  readonly #calibration: Calibration;
  readonly #tables: Record<TableName, TokenBucket>;
  readonly #statuses = new Map<string, TokenBucket>();
  readonly #ledger: TokenBucket;
  readonly #statusPartition: () => TokenBucket;

  /** The settings are those of one in so many. The throughput of a partition is not divided there, because a row has one too. */
  constructor(calibration: Calibration, settings: Settings, weight: number) {
    const table = (perSecond: number) => new TokenBucket({ perSecond, burst: Math.max(perSecond, MOST_UNITS) });
    const partition = (shards: number) => table((settings.partitionWrites * shards) / weight);
    this.#calibration = calibration;
    this.#tables = {
      OrdersTable: table(settings.ordersTableWrites),
      ProductsTable: table(settings.productsTableWrites),
      PaymentsTable: table(settings.paymentsTableWrites),
    };
    this.#ledger = partition(settings.ledgerShards);
    this.#statusPartition = () => partition(settings.statusShards);
  }

  drain(): void {
    for (const table of Object.values(this.#tables)) table.drain();
  }

  /** Takes the units of what a function or state writes at once, or tells the limit that has none left. */
  take(now: number, who: string): string | undefined {
    const { functions, writes, statusIndex, ledgerIndex } = this.#calibration;
    const invocations = functions[who]?.invocations ?? 1;
    for (const [table, units] of Object.entries(writes[who] ?? UNDO_WRITES[who] ?? {})) {
      if (!isKnown(table)) continue;
      if (!this.#tables[table].take(now, units / invocations)) return LIMITS[table];
    }
    const partitions = STATUS_PARTITIONS[who] ?? [];
    const units = statusIndex[who] ?? partitions.length;
    for (const status of partitions) {
      if (!this.#ofStatus(status).take(now, units / partitions.length)) return LIMITS.status;
    }
    if (who === 'payment' && !this.#ledger.take(now, ledgerIndex / invocations)) return LIMITS.ledger;
    return undefined;
  }

  /** Takes units of the Products table as a whole. A row's own are in its stock. */
  takeOfProducts(now: number, units: number): boolean {
    return this.#tables.ProductsTable.take(now, units);
  }

  #ofStatus(status: string): TokenBucket {
    const known = this.#statuses.get(status) ?? this.#statusPartition();
    this.#statuses.set(status, known);
    return known;
  }
}

/** The Operations table is written by rows of their own, far below what a table takes. */
const isKnown = (table: string): table is TableName =>
  table === 'OrdersTable' || table === 'ProductsTable' || table === 'PaymentsTable';
