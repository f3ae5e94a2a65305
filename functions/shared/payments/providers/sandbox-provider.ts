import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  ScanCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { rowOf } from '../../aws/transact.ts';
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

/** One payment in the ledger. Amounts are minor units. */
export interface LedgerRow {
  /** `pay_<orderId>`: an order has one payment. */
  paymentId: string;
  orderId: string;
  currency: string;
  authorizedAmount: number;
  capturedAmount: number;
  refundedAmount: number;
  voided: boolean;
  /** One entry for each operation that took effect, in their order. */
  operations: { key: string; kind: OperationKind; at: string }[];
}

type OperationKind = 'authorize' | 'capture' | 'void' | 'refund';

/**
 * How the sandbox treats a test token, as real providers treat their test cards. Everything not said here succeeds.
 *
 * | token | what happens |
 * |---|---|
 * | `tok_approved`, or none | everything succeeds |
 * | `tok_declined`, `tok_insufficient_funds` | the authorization is declined |
 * | `tok_capture_declined` | the capture is declined |
 * | `tok_unavailable_once` | the first authorization of the order fails with PaymentUnavailable, the next succeeds |
 * | `tok_unavailable` | every authorization fails with PaymentUnavailable until it is healed |
 * | `tok_refund_unavailable` | nothing is given back, neither by void nor by refund, until it is healed |
 * | `tok_authorized_then_timeout` | the authorization takes effect and its answer is lost, once |
 * | `tok_captured_then_timeout` | the capture takes effect and its answer is lost, once |
 *
 * Any other token is declined. A suffix `@<account>` picks the provider account. The unavailable ones heal, for one
 * order, when its row `fault_<orderId>` in the ledger has `healed` true; that row is not a payment.
 */
const TOKENS = [
  'tok_approved',
  'tok_declined',
  'tok_insufficient_funds',
  'tok_capture_declined',
  'tok_unavailable_once',
  'tok_unavailable',
  'tok_refund_unavailable',
  'tok_authorized_then_timeout',
  'tok_captured_then_timeout',
] as const;
type Token = (typeof TOKENS)[number];

export interface Sandbox {
  dynamodb: DynamoDBDocumentClient;
  paymentsTable: string;
  /** The time now. */
  now: () => Date;
}

/**
 * The provider that needs no account: a ledger in the Payments table, steered by test tokens. Each operation is one
 * conditional write on the one row of the order, so that nobody who comes late or twice can take or give again.
 */
export function sandboxProvider({ dynamodb, paymentsTable, now }: Sandbox): PaymentProvider {
  return {
    async authorize(request) {
      const token = tokenOf(request);
      if (token === undefined) throw new PaymentDeclined('the sandbox does not know this token');
      if (token === 'tok_declined') throw new PaymentDeclined('the card was declined');
      if (token === 'tok_insufficient_funds') throw new PaymentDeclined('insufficient funds');
      if (token === 'tok_unavailable' && !(await isHealed(request))) throw unavailable();
      if (token === 'tok_unavailable_once' && (await isFirstFault(request))) throw unavailable();

      const { row, isDone } = await write(request, 'authorize', {
        UpdateExpression: `SET ${NEW_ROW}, authorizedAmount = :amount, voided = :false`,
        ConditionExpression: 'attribute_not_exists(paymentId)',
        ExpressionAttributeValues: { ':amount': request.amount, ':false': false },
      });
      if (row === undefined || isClosed(row)) throw new PaymentClosed('the payment has been given back');
      if (isDone && token === 'tok_authorized_then_timeout') throw unavailable();
      return toPayment(row);
    },

    async capture(request) {
      const token = tokenOf(request);
      if (token === 'tok_capture_declined') throw new PaymentDeclined('the capture was declined');
      const { row, isDone } = await write(request, 'capture', {
        UpdateExpression: 'SET capturedAmount = authorizedAmount',
        ConditionExpression: IS_AUTHORIZED,
        ExpressionAttributeValues: { ':false': false },
      });
      if (row === undefined || isClosed(row)) throw new PaymentClosed('there is no authorization to capture');
      if (isDone && token === 'tok_captured_then_timeout') throw unavailable();
      return toPayment(row);
    },

    async void(request) {
      await refuseUnlessHealed(request);
      const { row } = await write(request, 'void', {
        UpdateExpression: `SET ${NEW_ROW}, authorizedAmount = if_not_exists(authorizedAmount, :zero), voided = :true`,
        ConditionExpression: `attribute_not_exists(paymentId) OR (${IS_AUTHORIZED})`,
        ExpressionAttributeValues: { ':true': true, ':false': false },
      });
      if (row?.voided !== true) throw new PaymentCaptured('a captured payment has to be refunded');
      return toPayment(row);
    },

    async refund(request) {
      await refuseUnlessHealed(request);
      const { row } = await write(request, 'refund', {
        UpdateExpression: 'SET refundedAmount = capturedAmount',
        ConditionExpression: 'capturedAmount > :zero AND refundedAmount = :zero',
      });
      if (row === undefined || row.refundedAmount === 0) throw new PaymentNotCaptured('nothing has been captured');
      return toPayment(row);
    },

    async findByOrder({ orderId }) {
      const row = await answered(() => read<LedgerRow>(paymentIdOf(orderId)));
      return row && toPayment(row);
    },

    async listSince(since, nextToken) {
      const { Items = [], LastEvaluatedKey } = await answered(() =>
        dynamodb.send(
          new ScanCommand({
            TableName: paymentsTable,
            FilterExpression: 'begins_with(paymentId, :payment)',
            ExpressionAttributeValues: { ':payment': paymentIdOf('') },
            ConsistentRead: true,
            ...(nextToken !== undefined && { ExclusiveStartKey: { paymentId: nextToken } }),
          }),
        ),
      );
      const payments = (Items as LedgerRow[])
        .filter(({ operations }) => operations.some(({ at }) => at >= since))
        .map(toPayment);
      const lastRead: unknown = LastEvaluatedKey?.paymentId;
      return { payments, ...(typeof lastRead === 'string' && { nextToken: lastRead }) };
    },

    accountOf({ paymentToken }) {
      return paymentToken?.split('@')[1] ?? 'sandbox';
    },
  };

  /**
   * One conditional write of the order's payment together with its entry in `operations`.
   *
   * @returns the row as it is, and whether this call made it so; no row when there is none and none was made.
   */
  async function write(
    { orderId, currency }: PaymentRequest,
    kind: OperationKind,
    change: Pick<UpdateCommandInput, 'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeValues'>,
  ): Promise<{ row: LedgerRow | undefined; isDone: boolean }> {
    const entry = { key: `${orderId}:${kind}`, kind, at: now().toISOString() };
    const makesRow = change.UpdateExpression?.includes(NEW_ROW);
    return answered(async () => {
      try {
        const { Attributes } = await dynamodb.send(
          new UpdateCommand({
            TableName: paymentsTable,
            Key: { paymentId: paymentIdOf(orderId) },
            ReturnValues: 'ALL_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            ...change,
            UpdateExpression: `${change.UpdateExpression}, #operations = list_append(if_not_exists(#operations, :none), :entry)`,
            ExpressionAttributeNames: { '#operations': 'operations' },
            ExpressionAttributeValues: {
              ...change.ExpressionAttributeValues,
              ':zero': 0,
              ':none': [],
              ':entry': [entry],
              ...(makesRow && { ':orderId': orderId, ':currency': currency }),
            },
          }),
        );
        return { row: Attributes as LedgerRow, isDone: true };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return { row: rowOf<LedgerRow>(error.Item), isDone: false };
      }
    });
  }

  async function read<Row>(paymentId: string): Promise<Row | undefined> {
    const { Item } = await dynamodb.send(
      new GetCommand({ TableName: paymentsTable, Key: { paymentId }, ConsistentRead: true }),
    );
    return Item as Row | undefined;
  }

  async function isHealed({ orderId }: PaymentRequest): Promise<boolean> {
    const fault = await answered(() => read<{ healed?: boolean }>(faultIdOf(orderId)));
    return fault?.healed === true;
  }

  async function refuseUnlessHealed(request: PaymentRequest): Promise<void> {
    if (tokenOf(request) === 'tok_refund_unavailable' && !(await isHealed(request))) throw unavailable();
  }

  /** Notes the one failure of an order, and tells whether it had not been noted before. */
  async function isFirstFault({ orderId }: PaymentRequest): Promise<boolean> {
    return answered(async () => {
      try {
        await dynamodb.send(
          new PutCommand({
            TableName: paymentsTable,
            Item: { paymentId: faultIdOf(orderId), failedAt: now().toISOString() },
            ConditionExpression: 'attribute_not_exists(paymentId)',
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    });
  }
}

const NEW_ROW =
  'orderId = :orderId, currency = :currency,' +
  ' capturedAmount = if_not_exists(capturedAmount, :zero), refundedAmount = if_not_exists(refundedAmount, :zero)';
const IS_AUTHORIZED = 'voided = :false AND capturedAmount = :zero AND refundedAmount = :zero';

function paymentIdOf(orderId: string): string {
  return `pay_${orderId}`;
}

function faultIdOf(orderId: string): string {
  return `fault_${orderId}`;
}

function tokenOf({ paymentToken = 'tok_approved' }: PaymentRequest): Token | undefined {
  const [name] = paymentToken.split('@');
  return TOKENS.find((token) => token === name);
}

function unavailable(): PaymentUnavailable {
  return new PaymentUnavailable('the sandbox does not answer');
}

/** The ledger is the provider here: when it cannot be reached, the provider has not answered. */
async function answered<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    throw new PaymentUnavailable('the sandbox ledger did not answer', { cause: error });
  }
}

function isClosed(row: LedgerRow): boolean {
  return row.voided || row.refundedAmount > 0;
}

function toPayment(row: LedgerRow): Payment {
  const { paymentId, orderId, authorizedAmount, capturedAmount, refundedAmount } = row;
  return { paymentId, orderId, status: statusOf(row), authorizedAmount, capturedAmount, refundedAmount };
}

function statusOf({ voided, capturedAmount, refundedAmount }: LedgerRow): Payment['status'] {
  if (voided) return 'VOIDED';
  if (refundedAmount > 0) return 'REFUNDED';
  return capturedAmount > 0 ? 'CAPTURED' : 'AUTHORIZED';
}
