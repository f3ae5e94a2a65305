import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** The Products table, and the client that reaches it. */
export interface ProductsTable {
  dynamodb: DynamoDBDocumentClient;
  productsTable: string;
}
