import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** The Operations table, which holds audit entries and circuit breakers, and the client that reaches it. */
export interface OperationsTable {
  dynamodb: DynamoDBDocumentClient;
  operationsTable: string;
}
