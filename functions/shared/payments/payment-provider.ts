/**
 * The port to a payment provider. Every operation is idempotent by the order id: a repeated call gets the same answer
 * and has no second effect. Amounts are integers of minor units.
 *
 * | operation | acts on | otherwise |
 * |---|---|---|
 * | authorize | no payment | authorized, captured: the same answer; voided, refunded: PaymentClosed |
 * | capture | authorized | captured: the same answer; none, voided, refunded: PaymentClosed |
 * | void | authorized, or none (creates it as voided) | voided: the same answer; captured, refunded: PaymentCaptured |
 * | refund (of the whole amount) | captured | refunded: the same answer; else PaymentNotCaptured |
 *
 * A payment created as voided is a tombstone: an authorization that arrives later is refused.
 */
export interface PaymentProvider {
  authorize(payment: PaymentRequest): Promise<Payment>;
  capture(payment: PaymentRequest): Promise<Payment>;
  void(payment: PaymentRequest): Promise<Payment>;
  refund(payment: PaymentRequest): Promise<Payment>;
  /** The one payment of an order, or undefined when the provider has none. */
  findByOrder(payment: PaymentRequest): Promise<Payment | undefined>;
  /** A page of the payments made or changed since a time (ISO 8601). A page may be empty before the last one. */
  listSince(since: string, nextToken?: string): Promise<{ payments: Payment[]; nextToken?: string }>;
  /** The provider account that a payment goes through. Calls to one account fail together and share a breaker. It is never a text that a customer chose. */
  accountOf(payment: PaymentRequest): string;
  /**
   * Checks, without a call to the provider, that a call would be made now.
   *
   * @throws PaymentUnavailable when it would not.
   */
  requireAvailable?(payment: PaymentRequest): Promise<void>;
}

/** What a provider needs to know about the one payment of an order. */
export interface PaymentRequest {
  orderId: string;
  /** Minor units. */
  amount: number;
  currency: string;
  /** The client's card token. The adapter's default when absent. */
  paymentToken?: string;
  /** The provider's id of the payment, when the order's row has one. */
  paymentId?: string;
  /**
   * Keeps the provider's id of the payment on the order's row, unless the row has one. Returns the id that the row has
   * then. An adapter whose ids do not derive from the order id calls it as soon as it knows an id, and acts only on the
   * id that is returned. All executions then act on the same payment, and a lost answer can be cleared up later.
   */
  keepPaymentId?: (paymentId: string) => Promise<string>;
}

/** A payment as the provider records it. Amounts are minor units. */
export interface Payment {
  paymentId: string;
  orderId: string;
  status: 'AUTHORIZED' | 'CAPTURED' | 'VOIDED' | 'REFUNDED';
  authorizedAmount: number;
  capturedAmount: number;
  refundedAmount: number;
}

/** The card's issuer declined. This is final. */
export class PaymentDeclined extends Error {
  override readonly name = 'PaymentDeclined';
}

/** The provider did not answer, or cannot answer now. What it did is unknown until the payment is read. */
export class PaymentUnavailable extends Error {
  override readonly name = 'PaymentUnavailable';
  /** True when only this payment is pending. That does not count against the provider's health. */
  readonly isPending: boolean;

  constructor(message: string, { isPending = false, ...options }: ErrorOptions & { isPending?: boolean } = {}) {
    super(message, options);
    this.isPending = isPending;
  }
}

/** The provider refused, it is not a decline, and a retry does not help. An operator has to look into it. */
export class PaymentRefused extends Error {
  override readonly name = 'PaymentRefused';
}

/** The payment was voided or refunded. No money can be taken with it any more. */
export class PaymentClosed extends Error {
  override readonly name = 'PaymentClosed';
}

/** A captured payment cannot be voided. It has to be refunded. */
export class PaymentCaptured extends Error {
  override readonly name = 'PaymentCaptured';
}

/** A payment that is not captured cannot be refunded. It has to be voided. */
export class PaymentNotCaptured extends Error {
  override readonly name = 'PaymentNotCaptured';
}
