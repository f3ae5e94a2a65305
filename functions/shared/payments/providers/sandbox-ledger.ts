import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { rowOf } from '../../aws/transact.ts';
import { type PaymentRequest, PaymentUnavailable } from '../payment-provider.ts';

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
  /** The day (UTC) of `touchedAt`: the partition of `touched-index`. */
  touchedDay: string;
  /** When the last operation took effect. */
  touchedAt: string;
  /** Present when the card's token was `tok_refund_unavailable`. */
  refundsFail?: true;
  /** One entry for each operation that took effect, oldest first. */
  operations: { key: string; kind: OperationKind; at: string }[];
}

/** What `touched-index` holds of a payment. */
export type TouchedRow = Omit<LedgerRow, 'currency' | 'operations'>;

/** Where a page ended: the day, and the last row of it that was read. */
interface Position {
  day: string;
  last?: { touchedAt: string; paymentId: string };
}

type OperationKind = 'authorize' | 'capture' | 'void' | 'refund';

/** The Payments table, and what reaches it. */
export interface Sandbox {
  dynamodb: DynamoDBDocumentClient;
  paymentsTable: string;
  /** The time now. */
  now: () => Date;
}

/** The part of an UpdateExpression that fills a row which does not exist yet. */
export const NEW_ROW =
  'orderId = :orderId, currency = :currency,' +
  ' capturedAmount = if_not_exists(capturedAmount, :zero), refundedAmount = if_not_exists(refundedAmount, :zero)';

const APPEND_ENTRY =
  '#operations = list_append(if_not_exists(#operations, :none), :entry), touchedDay = :day, touchedAt = :at';

/**
 * The sandbox's ledger in the Payments table. The ledger plays the provider: when the table cannot be reached, the
 * provider has not answered. Every method throws PaymentUnavailable then.
 */
export class SandboxLedger {
  readonly #dynamodb: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #now: () => Date;

  constructor({ dynamodb, paymentsTable, now }: Sandbox) {
    this.#dynamodb = dynamodb;
    this.#table = paymentsTable;
    this.#now = now;
  }

  /**
   * Changes the order's payment and adds the entry in `operations`, in one conditional write.
   *
   * @param change may use the value `:zero`; with NEW_ROW its values are given too.
   * @returns the row afterwards, and whether this call changed it. There is no row when none existed and the condition
   * refused to create one.
   */
  async write(
    { orderId, currency }: PaymentRequest,
    kind: OperationKind,
    change: Pick<UpdateCommandInput, 'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeValues'>,
  ): Promise<{ row: LedgerRow | undefined; isDone: boolean }> {
    const at = this.#now().toISOString();
    const entry = { key: `${orderId}:${kind}`, kind, at };
    const createsRow = change.UpdateExpression?.includes(NEW_ROW);
    return orUnavailable(async () => {
      try {
        const { Attributes } = await this.#dynamodb.send(
          new UpdateCommand({
            TableName: this.#table,
            Key: { paymentId: paymentIdOf(orderId) },
            ReturnValues: 'ALL_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            ...change,
            UpdateExpression: `${change.UpdateExpression}, ${APPEND_ENTRY}`,
            ExpressionAttributeNames: { '#operations': 'operations' },
            ExpressionAttributeValues: {
              ...change.ExpressionAttributeValues,
              ':zero': 0,
              ':none': [],
              ':entry': [entry],
              ':day': dayOf(at),
              ':at': at,
              ...(createsRow && { ':orderId': orderId, ':currency': currency }),
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

  /** The payment of an order. */
  find(orderId: string): Promise<LedgerRow | undefined> {
    return orUnavailable(() => this.#read<LedgerRow>(paymentIdOf(orderId)));
  }

  /**
   * A page of the payments that were touched since a time (ISO 8601), the longest untouched first. It reads the index of
   * one day after the other, so that the cost depends on the time and not on the age of the table. A page may be empty
   * before the last one. A payment that is touched while its day is read comes again on the day it moved to.
   */
  touchedSince(since: string, nextToken?: string): Promise<{ rows: TouchedRow[]; nextToken?: string }> {
    return orUnavailable(async () => {
      const { day, last } = nextToken === undefined ? { day: dayOf(since) } : (JSON.parse(nextToken) as Position);
      const { Items = [], LastEvaluatedKey } = await this.#dynamodb.send(
        new QueryCommand({
          TableName: this.#table,
          IndexName: 'touched-index',
          KeyConditionExpression: 'touchedDay = :day AND touchedAt >= :since',
          ExpressionAttributeValues: { ':day': day, ':since': since },
          ...(last && { ExclusiveStartKey: { touchedDay: day, ...last } }),
        }),
      );
      const next = LastEvaluatedKey
        ? { day, last: { touchedAt: LastEvaluatedKey.touchedAt, paymentId: LastEvaluatedKey.paymentId } }
        : day < dayOf(this.#now().toISOString()) && { day: dayAfter(day) };
      return { rows: Items as TouchedRow[], ...(next && { nextToken: JSON.stringify(next) }) };
    });
  }

  /** Whether a test has healed the order's fault. */
  async isHealed(orderId: string): Promise<boolean> {
    const fault = await orUnavailable(() => this.#read<{ healed?: boolean }>(faultIdOf(orderId)));
    return fault?.healed === true;
  }

  /** Records the one failure of an order, and tells whether it is the first. */
  async recordFault(orderId: string): Promise<boolean> {
    return orUnavailable(async () => {
      try {
        await this.#dynamodb.send(
          new PutCommand({
            TableName: this.#table,
            Item: { paymentId: faultIdOf(orderId), failedAt: this.#now().toISOString() },
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

  async #read<Row>(paymentId: string): Promise<Row | undefined> {
    const { Item } = await this.#dynamodb.send(
      new GetCommand({ TableName: this.#table, Key: { paymentId }, ConsistentRead: true }),
    );
    return Item as Row | undefined;
  }
}

function paymentIdOf(orderId: string): string {
  return `pay_${orderId}`;
}

function faultIdOf(orderId: string): string {
  return `fault_${orderId}`;
}

function dayOf(time: string): string {
  return time.slice(0, 10);
}

function dayAfter(day: string): string {
  return dayOf(new Date(Date.parse(day) + 24 * 3_600_000).toISOString());
}

async function orUnavailable<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    throw new PaymentUnavailable('the sandbox ledger did not answer', { cause: error });
  }
}
