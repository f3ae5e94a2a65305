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
  /** Present when the card's token was `tok_refund_unavailable`. */
  refundsFail?: true;
  /** One entry for each operation that took effect, oldest first. */
  operations: { key: string; kind: OperationKind; at: string }[];
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

const APPEND_ENTRY = '#operations = list_append(if_not_exists(#operations, :none), :entry)';

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
    const entry = { key: `${orderId}:${kind}`, kind, at: this.#now().toISOString() };
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

  /** A page of all payments, in no order. A page may be empty before the last one. */
  page(nextToken?: string): Promise<{ rows: LedgerRow[]; nextToken?: string }> {
    return orUnavailable(async () => {
      const { Items = [], LastEvaluatedKey } = await this.#dynamodb.send(
        new ScanCommand({
          TableName: this.#table,
          FilterExpression: 'begins_with(paymentId, :payment)',
          ExpressionAttributeValues: { ':payment': paymentIdOf('') },
          ConsistentRead: true,
          ...(nextToken !== undefined && { ExclusiveStartKey: { paymentId: nextToken } }),
        }),
      );
      const lastRead: unknown = LastEvaluatedKey?.paymentId;
      return { rows: Items as LedgerRow[], ...(typeof lastRead === 'string' && { nextToken: lastRead }) };
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

async function orUnavailable<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    throw new PaymentUnavailable('the sandbox ledger did not answer', { cause: error });
  }
}
