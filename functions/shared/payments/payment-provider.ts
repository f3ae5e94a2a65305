/**
 * The port to a payment provider. Every operation is keyed by the order id, so that repeating one repeats the answer
 * and not the effect; amounts are integers of minor units.
 *
 * | operation | acts on | otherwise |
 * |---|---|---|
 * | authorize | no payment | authorized or captured: the same answer again; voided, refunded: PaymentClosed |
 * | capture | authorized | captured: the same answer; none, voided, refunded: PaymentClosed |
 * | void | authorized, or none (creates the payment already voided) | captured: PaymentCaptured |
 * | refund, always all of it | captured | refunded: the same answer; else PaymentNotCaptured |
 */
export interface PaymentProvider {
  authorize(payment: PaymentRequest): Promise<Payment>;
  capture(payment: PaymentRequest): Promise<Payment>;
  void(payment: PaymentRequest): Promise<Payment>;
  refund(payment: PaymentRequest): Promise<Payment>;
  /** The one payment of an order, or undefined when the provider has never heard of it. */
  findByOrder(payment: PaymentRequest): Promise<Payment | undefined>;
  /** The payments made or changed since a time (ISO 8601), a page at a time; a page may be empty before the last. */
  listSince(since: string, nextToken?: string): Promise<{ payments: Payment[]; nextToken?: string }>;
  /** The provider account that a payment goes through: what fails together, and so has one circuit breaker. */
  accountOf(payment: PaymentRequest): string;
  /**
   * Says beforehand that a call would not be made now, where that is known without making it.
   *
   * @throws PaymentUnavailable
   */
  requireAvailable?(payment: PaymentRequest): Promise<void>;
}

/** What identifies and sizes the one payment of an order. */
export interface PaymentRequest {
  orderId: string;
  /** Minor units. */
  amount: number;
  currency: string;
  /** The client's card token; the provider's default when absent. */
  paymentToken?: string;
  /** The provider's own id of the payment, where the order's row has one. */
  paymentId?: string;
  /**
   * Keeps the provider's own id on the order's row, unless the row has one, and returns the one that it has then. An
   * adapter whose ids do not derive from the order calls it as soon as it learns one and acts only on the kept one, so
   * that everybody acts on the same payment and a lost answer can be cleared up later.
   */
  rememberPaymentId?: (paymentId: string) => Promise<string>;
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

/** The card's issuer said no, which is final. */
export class PaymentDeclined extends Error {
  override readonly name = 'PaymentDeclined';
}

/** The provider did not answer, or said that it cannot now. What it did is unknown until it is asked. */
export class PaymentUnavailable extends Error {
  override readonly name = 'PaymentUnavailable';
  /** True when it is this payment that has to be waited for, which says nothing against the provider's health. */
  readonly isPending: boolean;

  constructor(message: string, { isPending = false, ...options }: ErrorOptions & { isPending?: boolean } = {}) {
    super(message, options);
    this.isPending = isPending;
  }
}

/** The provider refused for a reason that waiting does not mend and that is no decline either: somebody has to look. */
export class PaymentRefused extends Error {
  override readonly name = 'PaymentRefused';
}

/** The payment was voided or refunded, and nothing more can be taken with it. */
export class PaymentClosed extends Error {
  override readonly name = 'PaymentClosed';
}

/** A void came to a payment that has been captured: it has to be refunded instead. */
export class PaymentCaptured extends Error {
  override readonly name = 'PaymentCaptured';
}

/** A refund came to a payment that has not been captured: it has to be voided instead. */
export class PaymentNotCaptured extends Error {
  override readonly name = 'PaymentNotCaptured';
}
