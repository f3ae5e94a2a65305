/** The order as the Orders table holds it. Its registers and every condition on them are explained in docs/protocol.md. */

export const ORDER_STATUSES = ['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED', 'NEEDS_ATTENTION'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** The statuses that somebody is told about; the others are progress. */
export const OUTCOMES = [
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'NEEDS_ATTENTION',
] as const satisfies readonly OrderStatus[];
export type Outcome = (typeof OUTCOMES)[number];

/** For each status, those that an order may have had just before. A write of a status names them as its condition. */
export const ALLOWED_PREVIOUS = {
  PENDING: [],
  PROCESSING: ['PENDING', 'COMPLETED', 'NEEDS_ATTENTION'],
  COMPLETED: ['PROCESSING'],
  FAILED: ['PROCESSING'],
  CANCELLED: ['PROCESSING'],
  NEEDS_ATTENTION: ['PENDING', 'PROCESSING'],
} as const satisfies Record<OrderStatus, readonly OrderStatus[]>;

export type OrderErrorCode =
  | 'OUT_OF_STOCK'
  | 'PAYMENT_DECLINED'
  | 'PAYMENT_UNAVAILABLE'
  | 'VALIDATION_FAILED'
  | 'INTERNAL';

export interface LineItem {
  productId: string;
  name: string;
  quantity: number;
  /** Minor units, a snapshot of the catalogue when the order was taken. */
  unitPrice: number;
}

/** One status change. Its index in the history is its sequence. */
export interface HistoryEntry {
  status: OrderStatus;
  /** ISO 8601, UTC. */
  at: string;
  detail?: string;
}

export interface OrderPayment {
  status: 'AUTHORIZED' | 'CAPTURED' | 'VOIDED' | 'REFUNDED';
  /** Minor units, as are the two below. */
  authorized: number;
  captured: number;
  refunded: number;
}

export interface ShippingAddress {
  street: string;
  city: string;
  state: string;
  zipCode: string;
}

export interface OrderKey {
  orderId: string;
  /** ISO 8601, UTC; the sort key of the table. */
  createdAt: string;
}

export interface Order extends OrderKey {
  status: OrderStatus;
  customerId: string;
  items: LineItem[];
  /** Minor units. */
  total: number;
  currency: string;
  shippingAddress: ShippingAddress;
  paymentMethod: 'credit_card';
  paymentToken?: string;
  customerName?: string;
  notify?: { email?: string; sms?: string };
  /** What the client calls this order; kept, never used as ours. */
  reference?: { orderId?: string; customerId?: string; orderDate?: string };
  history: HistoryEntry[];
  /** Absent, then CAPTURING, then UNDOING: never back. */
  phase?: 'CAPTURING' | 'UNDOING';
  /** The name of the execution that owns the order. */
  executionId?: string;
  /** The n of the last `<orderId>-retry-<n>`. */
  attempts?: number;
  /** Absent, then RESERVED, then SOLD, then RELEASED. */
  stock?: 'RESERVED' | 'SOLD' | 'RELEASED';
  payment?: OrderPayment;
  /** The payment provider's own id of the payment, kept where it does not derive from the order id. */
  paymentId?: string;
  cancelRequested?: true;
  error?: { code: OrderErrorCode; message: string; state: string };
  /** Since when an outcome waits to be announced; absent when all are. */
  noticeDue?: string;
  /** How often reconcile sent the message of this order again, and when last. */
  resends?: number;
  resentAt?: string;
  /** How many history entries have been announced or needed no announcement. */
  announced?: number;
}
