import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { ConditionalCheckFailedException, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { imageKey } from '../functions/shared/catalogue/image.ts';
import { useOnlyLocalAws } from './aws-environment.ts';
import { ROOT } from './mini-stack.ts';
import { PRODUCTS } from './products.ts';
import { Failure, main } from './progress.mjs';
import { type Account, readStackFile } from './stack-file.ts';

/** The settings of the clients of a stack. They are empty for AWS, where the environment has profile and region. */
export type Connection = Pick<DynamoDBClientConfig, 'endpoint' | 'region' | 'credentials'>;

/** Where the products of a stack are, and their images. */
export interface Catalogue {
  table: string;
  bucket: string;
}

/**
 * Puts the products that are missing, with their pictures. Products that exist keep their stock, and their images if
 * they have any.
 *
 * @returns how many products were put
 */
export async function seedProducts(connection: Connection, { table, bucket }: Catalogue): Promise<number> {
  const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient(connection));
  const s3 = new S3Client(connection);
  let count = 0;
  for (const product of PRODUCTS) {
    const image = await putPicture(product.productId, bucket, s3);
    const shown = { image, imageUploadedAt: new Date().toISOString() };
    try {
      await dynamodb.send(
        new PutCommand({
          TableName: table,
          Item: { ...product, ...shown },
          ConditionExpression: 'attribute_not_exists(productId)',
        }),
      );
      count += 1;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      await showPicture(product.productId, shown, table, dynamodb);
    }
  }
  return count;
}

/**
 * Puts the picture of a product where a checked upload would be.
 *
 * @returns its key
 */
async function putPicture(productId: string, bucket: string, s3: S3Client): Promise<string> {
  const bytes = readFileSync(join(import.meta.dirname, 'pictures', `${productId}.webp`));
  const Key = imageKey(createHash('sha256').update(bytes).digest('hex'), 'image/webp');
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key,
      Body: bytes,
      ContentType: 'image/webp',
      CacheControl: 'public, max-age=31536000, immutable',
    }),
  );
  return Key;
}

async function showPicture(
  productId: string,
  { image, imageUploadedAt }: { image: string; imageUploadedAt: string },
  table: string,
  dynamodb: DynamoDBDocumentClient,
): Promise<void> {
  try {
    await dynamodb.send(
      new UpdateCommand({
        TableName: table,
        Key: { productId },
        UpdateExpression: 'SET image = :image, imageUploadedAt = :at',
        ConditionExpression: 'attribute_not_exists(image)',
        ExpressionAttributeValues: { ':image': image, ':at': imageUploadedAt },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
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
    const { connection, catalogue } =
      values.stack === undefined ? localCatalogue() : await catalogueOnAws(values.stack);
    const missing = await seedProducts(connection, catalogue);
    console.log(`${missing} of ${PRODUCTS.length} products were missing in ${catalogue.table}.`);
  });
}

function localCatalogue(): { connection: Connection; catalogue: Catalogue } {
  try {
    const { endpoint = '', region, productsTable, outputs } = readStackFile();
    useOnlyLocalAws(endpoint);
    return {
      connection: { endpoint, region, credentials: ROOT } as Connection,
      catalogue: { table: productsTable, bucket: outputs.ImagesBucketName ?? '' },
    };
  } catch {
    throw new Failure('The local cloud is not running; name a stack on AWS with: npm run seed -- --stack <name>');
  }
}

async function catalogueOnAws(stackName: string): Promise<{ connection: Connection; catalogue: Catalogue }> {
  const { Stacks } = await new CloudFormationClient({}).send(new DescribeStacksCommand({ StackName: stackName }));
  const output = (name: string) => {
    const value = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue;
    if (value === undefined) throw new Failure(`The stack ${stackName} has no output ${name}.`);
    return value;
  };
  return { connection: {}, catalogue: { table: output('ProductsTableName'), bucket: output('ImagesBucketName') } };
}
