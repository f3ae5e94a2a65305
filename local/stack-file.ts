import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** All files of the local cloud. Git ignores them, and they may be deleted when it is stopped. */
export const LOCAL_DIR = '.local';
export const STACK_FILE = `${LOCAL_DIR}/stack.json`;
export const ENV_FILE = `${LOCAL_DIR}/env.json`;

/** What `.local/stack.json` tells about the running stack. */
export interface Stack {
  /** The address of every AWS service; absent for a stack on AWS. */
  endpoint?: string;
  region: string;
  apiUrl: string;
  apiKey: string;
  userPoolId: string;
  userPoolClientId: string;
  /** The address at which sent e-mails can be read. */
  mailboxUrl: string;
  storefrontUrl: string;
  /** The address of the operators' desk. */
  deskUrl: string;
  customer: Account;
  operator: Account;
  orderQueueUrl: string;
  orderDlqUrl: string;
  dispatchWorkflowArn: string;
  orderWorkflowArn: string;
  ordersTable: string;
  productsTable: string;
  paymentsTable: string;
  notificationsTopicArn: string;

  stackName: string;
  operationsTable: string;
  operationsTopicArn: string;
  orderPipeName: string;
  /** Every output of the stack under its own name. */
  outputs: Record<string, string>;
  /** Physical names of the functions by logical id. */
  functions: Record<string, string>;
}

export interface Account {
  email: string;
  password: string;
}

/** The part of a stack's description that its outputs say. @throws Error naming an output that is missing. */
export function stackOfOutputs(outputs: Record<string, string>) {
  const output = (name: string): string => {
    const value = outputs[name];
    if (value === undefined) throw new Error(`the stack has no output ${name}`);
    return value;
  };
  return {
    userPoolId: output('UserPoolId'),
    userPoolClientId: output('UserPoolClientId'),
    orderQueueUrl: output('OrderQueueUrl'),
    orderDlqUrl: output('OrderDlqUrl'),
    dispatchWorkflowArn: output('DispatchWorkflowArn'),
    orderWorkflowArn: output('OrderWorkflowArn'),
    ordersTable: output('OrdersTableName'),
    productsTable: output('ProductsTableName'),
    paymentsTable: output('PaymentsTableName'),
    notificationsTopicArn: output('NotificationsTopicArn'),
    operationsTable: output('OperationsTableName'),
    operationsTopicArn: output('OperationsTopicArn'),
    orderPipeName: output('OrderPipeName'),
    outputs,
  } satisfies Partial<Stack>;
}

export function readStackFile(path: string = STACK_FILE): Stack {
  return JSON.parse(readFileSync(path, 'utf8')) as Stack;
}

/** Writes a JSON file whole or not at all, so that no reader sees half of it. */
export function writeJsonFile(path: string, value: unknown): void {
  mkdirSync(LOCAL_DIR, { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}
