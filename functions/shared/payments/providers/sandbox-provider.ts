import {
  type Payment,
  PaymentCaptured,
  PaymentClosed,
  PaymentDeclined,
  PaymentNotCaptured,
  type PaymentProvider,
  type PaymentRequest,
  PaymentUnavailable,
} from '../payment-provider.ts';
import { NEW_ROW, type Sandbox, SandboxLedger, type TouchedRow } from './sandbox-ledger.ts';
import { accountOf, DEFAULT_ACCOUNT, testTokenOf } from './sandbox-tokens.ts';

const IS_AUTHORIZED = 'voided = :false AND capturedAmount = :zero AND refundedAmount = :zero';

export interface SandboxSettings {
  /** Whether test tokens may make the provider fail and select accounts. */
  faults: boolean;
}

/**
 * The provider that needs no account: a ledger in the Payments table, controlled by test tokens. Each operation is one
 * conditional write on the order's only row. An operation that comes late or twice therefore changes nothing.
 */
export function sandboxProvider({ faults, ...sandbox }: Sandbox & SandboxSettings): PaymentProvider {
  const ledger = new SandboxLedger(sandbox);

  async function requireRefundsAvailable(request: PaymentRequest): Promise<void> {
    if (!faults) return;
    // The row of an ended order has no token any more. As a real provider does, the ledger knows the card it charged.
    const refundsFail =
      request.paymentToken === undefined
        ? (await ledger.find(request.orderId))?.refundsFail === true
        : testTokenOf(request, faults) === 'tok_refund_unavailable';
    if (refundsFail && !(await ledger.isHealed(request.orderId))) throw unavailable();
  }

  return {
    async authorize(request) {
      const token = testTokenOf(request, faults);
      if (token === undefined) throw new PaymentDeclined('the sandbox does not know this token');
      if (token === 'tok_declined') throw new PaymentDeclined('the card was declined');
      if (token === 'tok_insufficient_funds') throw new PaymentDeclined('insufficient funds');
      if (token === 'tok_unavailable' && !(await ledger.isHealed(request.orderId))) throw unavailable();
      if (token === 'tok_unavailable_once' && (await ledger.recordFault(request.orderId))) throw unavailable();

      // The order forgets its token when it ends. A refund after that still has to go through the same account.
      const account = accountOf(request, faults);
      if (account !== DEFAULT_ACCOUNT) await request.keepPaymentId?.(`pay_${request.orderId}@${account}`);
      const refundsFail = token === 'tok_refund_unavailable';
      const { row, isDone } = await ledger.write(request, 'authorize', {
        UpdateExpression: `SET ${NEW_ROW}, authorizedAmount = :amount, voided = :false${refundsFail ? ', refundsFail = :true' : ''}`,
        ConditionExpression: 'attribute_not_exists(paymentId)',
        ExpressionAttributeValues: {
          ':amount': request.amount,
          ':false': false,
          ...(refundsFail && { ':true': true }),
        },
      });
      if (row === undefined || isClosed(row)) throw new PaymentClosed('the payment was voided or refunded');
      if (isDone && token === 'tok_authorized_then_timeout') throw unavailable();
      return toPayment(row);
    },

    async capture(request) {
      const token = testTokenOf(request, faults);
      if (token === 'tok_capture_declined') throw new PaymentDeclined('the capture was declined');
      const { row, isDone } = await ledger.write(request, 'capture', {
        UpdateExpression: 'SET capturedAmount = authorizedAmount',
        ConditionExpression: IS_AUTHORIZED,
        ExpressionAttributeValues: { ':false': false },
      });
      if (row === undefined || isClosed(row)) throw new PaymentClosed('there is no authorization to capture');
      if (isDone && token === 'tok_captured_then_timeout') throw unavailable();
      return toPayment(row);
    },

    async void(request) {
      await requireRefundsAvailable(request);
      const { row } = await ledger.write(request, 'void', {
        UpdateExpression: `SET ${NEW_ROW}, authorizedAmount = if_not_exists(authorizedAmount, :zero), voided = :true`,
        ConditionExpression: `attribute_not_exists(paymentId) OR (${IS_AUTHORIZED})`,
        ExpressionAttributeValues: { ':true': true, ':false': false },
      });
      if (row?.voided !== true) throw new PaymentCaptured('a captured payment has to be refunded');
      return toPayment(row);
    },

    async refund(request) {
      await requireRefundsAvailable(request);
      const { row } = await ledger.write(request, 'refund', {
        UpdateExpression: 'SET refundedAmount = capturedAmount',
        ConditionExpression: 'capturedAmount > :zero AND refundedAmount = :zero',
      });
      if (row === undefined || row.refundedAmount === 0) throw new PaymentNotCaptured('nothing has been captured');
      return toPayment(row);
    },

    async findByOrder({ orderId }) {
      const row = await ledger.find(orderId);
      return row && toPayment(row);
    },

    async listSince(since, nextToken) {
      const { rows, ...rest } = await ledger.touchedSince(since, nextToken);
      return { payments: rows.map(toPayment), ...rest };
    },

    accountOf: (request) => accountOf(request, faults),
  };
}

function unavailable(): PaymentUnavailable {
  return new PaymentUnavailable('the sandbox does not answer');
}

function isClosed(row: TouchedRow): boolean {
  return row.voided || row.refundedAmount > 0;
}

function toPayment(row: TouchedRow): Payment {
  const { paymentId, orderId, authorizedAmount, capturedAmount, refundedAmount } = row;
  return { paymentId, orderId, status: statusOf(row), authorizedAmount, capturedAmount, refundedAmount };
}

function statusOf({ voided, capturedAmount, refundedAmount }: TouchedRow): Payment['status'] {
  if (voided) return 'VOIDED';
  if (refundedAmount > 0) return 'REFUNDED';
  return capturedAmount > 0 ? 'CAPTURED' : 'AUTHORIZED';
}
