// The order as the Orders table holds it. docs/protocol.md explains its attributes and every condition on them.

export const ORDER_STATUSES = ['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED', 'NEEDS_ATTENTION'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** The statuses for which a notification is sent. The others are progress. */
export const OUTCOMES = [
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'NEEDS_ATTENTION',
] as const satisfies readonly OrderStatus[];
export type Outcome = (typeof OUTCOMES)[number];

/** For each status, those that an order may have just before. Every write of a status has them as its condition. */
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
  /** Minor units: the catalogue's price at the time of the order. */
  unitPrice: number;
}

/** One change of status. Its index in the history is its sequence. */
export interface HistoryEntry {
  status: OrderStatus;
  /** ISO 8601, UTC. */
  at: string;
  detail?: string;
  /** Present when an operator changed the status. The audit tells which one, and why. */
  by?: 'operator';
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

/** Where a customer hears of an order. Only what the account has verified is here. */
export interface OrderContact {
  email?: string;
  /** In the form of E.164, such as +4712345678. */
  phone?: string;
  /** The language of the account, as BCP 47 writes it. */
  locale?: string;
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
  /** The channels that the customer chose. By default e-mail. */
  notify?: { email?: boolean; sms?: boolean };
  /** The verified addresses of the customer's account when the order was placed. */
  contact?: OrderContact;
  /** The client's own ids and date. They are kept and shown, and never used as ours. */
  reference?: { orderId?: string; customerId?: string; orderDate?: string };
  /** The id of the request that placed the order, which its log lines and traces have. Older orders have none. */
  correlationId?: string;
  /** SHA-256 of the request's meaning, when it came with an Idempotency-Key. */
  requestHash?: string;
  history: HistoryEntry[];
  /** Absent, then CAPTURING, then UNDOING. It never goes back. */
  phase?: 'CAPTURING' | 'UNDOING';
  /** The name of the execution that owns the order. */
  executionId?: string;
  /** The n of the last `<orderId>-retry-<n>`. */
  attempts?: number;
  /** Absent, then RESERVED, then SOLD, then RELEASED. It never goes back. */
  stock?: 'RESERVED' | 'SOLD' | 'RELEASED';
  payment?: OrderPayment;
  /** The payment provider's id of the payment. Absent when that id derives from the order id. */
  paymentId?: string;
  cancelRequested?: true;
  /** Present when an operator requested the cancel, and not the customer. */
  cancelledBy?: 'operator';
  error?: { code: OrderErrorCode; message: string; state: string };
  /** Since when a notification is pending, ISO 8601. Absent when none is. */
  noticeDue?: string;
  /** How often `reconcile` sent the message of this order again, and when it did so last, ISO 8601. */
  resends?: number;
  resentAt?: string;
  /** How many history entries need no notification any more, because it was sent or never needed. */
  announced?: number;
}
