/** Names of the limits, as the tables have them. */
export const LIMITS = {
  stage: 'ApiRequestsPerSecond',
  api: 'API Gateway, account',
  start: 'StartExecution',
  transitions: 'state transitions',
  pipe: 'the pipe',
  OrdersTable: 'Orders table',
  ProductsTable: 'Products table',
  PaymentsTable: 'Payments table',
  status: 'status-index, one status',
  ledger: 'touched-index, one day',
  row: "one product's row",
  concurrency: 'Lambda concurrency',
  requests: 'Lambda requests per second',
} as const;
