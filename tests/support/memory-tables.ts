import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';

type Row = Record<string, unknown>;

/**
 * Tables in memory that answer the commands of the API's decisions as DynamoDB does: whole keys, `attribute_not_exists`
 * as the only condition of a Put, transactions of all or nothing, a partition's last row first.
 */
export class MemoryTables {
  readonly tables: Record<string, Row[]>;
  /** Every command sent, by the name of its class. */
  readonly sent: string[] = [];
  /** Called before each command is answered; what it throws is the answer. */
  before: (command: unknown) => void | Promise<void> = () => {};
  /** Called after a command took effect; what it throws is a lost answer. */
  after: (command: unknown) => void = () => {};

  constructor(tables: Record<string, Row[]>) {
    this.tables = tables;
  }

  /** These tables as the client that the decisions ask for. */
  get client(): DynamoDBDocumentClient {
    return { send: (command: unknown) => this.send(command) } as unknown as DynamoDBDocumentClient;
  }

  private async send(command: unknown): Promise<unknown> {
    this.sent.push((command as object).constructor.name);
    await this.before(command);
    const answer = this.answer(command);
    this.after(command);
    return answer;
  }

  private answer(command: unknown): unknown {
    if (command instanceof GetCommand) {
      return { Item: this.find(command.input.TableName, command.input.Key ?? {}) };
    }
    if (command instanceof BatchGetCommand) {
      const Responses = Object.entries(command.input.RequestItems ?? {}).map(([table, { Keys = [] }]) => [
        table,
        Keys.flatMap((key) => this.find(table, key) ?? []),
      ]);
      return { Responses: Object.fromEntries(Responses) };
    }
    if (command instanceof PutCommand) {
      if (this.refuses(command.input)) throw named('ConditionalCheckFailedException');
      this.put(command.input);
      return {};
    }
    if (command instanceof TransactWriteCommand) {
      const puts = (command.input.TransactItems ?? []).flatMap(({ Put }) => Put ?? []);
      const refused = puts.map((put) => this.refuses(put));
      if (refused.includes(true)) throw cancelled(refused.map((is) => (is ? 'ConditionalCheckFailed' : 'None')));
      for (const put of puts) this.put(put);
      return {};
    }
    if (command instanceof QueryCommand) {
      const orderId = command.input.ExpressionAttributeValues?.[':orderId'];
      const rows = this.rows(command.input.TableName).filter((row) => row.orderId === orderId);
      return { Items: rows.sort((a, b) => (String(a.createdAt) < String(b.createdAt) ? 1 : -1)).slice(0, 1) };
    }
    throw new Error(`no answer to ${(command as object).constructor.name}`);
  }

  private rows(table: string | undefined): Row[] {
    const rows = this.tables[table ?? ''];
    if (!rows) throw named('ResourceNotFoundException');
    return rows;
  }

  private find(table: string | undefined, key: Row): Row | undefined {
    return this.rows(table).find((row) => Object.entries(key).every(([name, value]) => row[name] === value));
  }

  private refuses({ TableName, Item = {}, ConditionExpression }: Put): boolean {
    if (ConditionExpression === undefined) return false;
    if (ConditionExpression !== 'attribute_not_exists(orderId)') throw new Error(`no answer to ${ConditionExpression}`);
    return this.find(TableName, keyOf(Item)) !== undefined;
  }

  private put({ TableName, Item = {} }: Put): void {
    const rows = this.rows(TableName);
    const replaced = this.find(TableName, keyOf(Item));
    if (replaced) rows.splice(rows.indexOf(replaced), 1);
    rows.push(Item);
  }
}

interface Put {
  TableName: string | undefined;
  Item?: Row | undefined;
  ConditionExpression?: string | undefined;
}

function keyOf({ orderId, createdAt }: Row): Row {
  return { orderId, createdAt };
}

/** A transaction that was cancelled, with the reason for each item, as the SDK throws it. */
export function cancelled(codes: string[]): Error {
  return new TransactionCanceledException({
    $metadata: {},
    message: 'cancelled',
    CancellationReasons: codes.map((Code) => ({ Code })),
  });
}

/** An error as the SDK throws it. */
export function named(name: string): Error {
  return Object.assign(new Error(name), { name });
}
