import { parseArgs } from 'node:util';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { ConditionalCheckFailedException, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { ROOT } from './mini-stack.ts';
import { PRODUCTS } from './products.ts';
import { Failure, main } from './progress.mjs';
import { type Account, readStackFile } from './stack-file.ts';

/** The settings of the clients of a stack. They are empty for AWS, where the environment has profile and region. */
export type Connection = Pick<DynamoDBClientConfig, 'endpoint' | 'region' | 'credentials'>;

/**
 * Puts the products that are missing. Products that exist keep their stock.
 *
 * @returns how many were put
 */
export async function seedProducts(connection: Connection, table: string): Promise<number> {
  const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient(connection));
  let count = 0;
  for (const Item of PRODUCTS) {
    try {
      await dynamodb.send(
        new PutCommand({ TableName: table, Item, ConditionExpression: 'attribute_not_exists(productId)' }),
      );
      count += 1;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
  return count;
}

/** Makes a confirmed user of the pool. */
export async function seedAccount(
  connection: Connection,
  userPoolId: string,
  account: Account,
  group?: string,
): Promise<void> {
  const cognito = new CognitoIdentityProviderClient(connection);
  const user = { UserPoolId: userPoolId, Username: account.email };
  await cognito.send(
    new AdminCreateUserCommand({
      ...user,
      MessageAction: 'SUPPRESS',
      UserAttributes: [
        { Name: 'email', Value: account.email },
        { Name: 'email_verified', Value: 'true' },
      ],
    }),
  );
  await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password: account.password, Permanent: true }));
  if (group !== undefined) await cognito.send(new AdminAddUserToGroupCommand({ ...user, GroupName: group }));
}

// npm run seed: puts missing products into the local cloud. npm run seed -- --stack <name>: into a stack on AWS.
if (import.meta.main) {
  main(async () => {
    const { values } = parseArgs({ options: { stack: { type: 'string' } } });
    const { connection, table } = values.stack === undefined ? localTable() : await tableOnAws(values.stack);
    console.log(`${await seedProducts(connection, table)} of ${PRODUCTS.length} products were missing in ${table}.`);
  });
}

function localTable(): { connection: Connection; table: string } {
  try {
    const { endpoint, region, productsTable } = readStackFile();
    return { connection: { endpoint, region, credentials: ROOT } as Connection, table: productsTable };
  } catch {
    throw new Failure('The local cloud is not running; name a stack on AWS with: npm run seed -- --stack <name>');
  }
}

async function tableOnAws(stackName: string): Promise<{ connection: Connection; table: string }> {
  const { Stacks } = await new CloudFormationClient({}).send(new DescribeStacksCommand({ StackName: stackName }));
  const table = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'ProductsTableName')?.OutputValue;
  if (table === undefined) throw new Failure(`The stack ${stackName} has no output ProductsTableName.`);
  return { connection: {}, table };
}
