import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { ConditionalCheckFailedException, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, PutCommand, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { imageKey } from '../functions/shared/catalogue/image.ts';
import type { Order } from '../functions/shared/orders/order.ts';
import { useOnlyLocalAws } from './aws-environment.ts';
import { describeStack } from './described-stack.ts';
import { ROOT } from './mini-stack.ts';
import { PRODUCTS } from './products.ts';
import { Failure, main } from './progress.mjs';
import { isLocalCloudUp, NOT_RUNNING } from './running-cloud.ts';
import { type Account, readStackFile } from './stack-file.ts';

/** The settings of the clients of a stack. They are empty for AWS, where the environment has profile and region. */
export type Connection = Pick<DynamoDBClientConfig, 'endpoint' | 'region' | 'credentials'>;

/** Where the products of a stack are, and their images. */
export interface Catalogue {
  table: string;
  bucket: string;
  /** The orders, which hold some of the stock. */
  ordersTable: string;
}

type Sample = (typeof PRODUCTS)[number];

/**
 * Puts the products that are missing, with their pictures. With `repair`, those that exist get the sample's name, price
 * and picture back; otherwise they get a picture if they have none.
 *
 * The stock of a product that exists is never changed, because orders hold some of it. One that was deleted comes back
 * with the stock of the sample, and with what orders hold: they could not be undone without.
 *
 * @returns how many products were put, and how many were repaired
 */
export async function seedProducts(
  connection: Connection,
  { table, bucket, ordersTable }: Catalogue,
  { repair = false } = {},
): Promise<{ put: number; repaired: number }> {
  const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient(connection));
  const s3 = new S3Client(connection);
  const done = { put: 0, repaired: 0 };
  const held = await heldByOrders(ordersTable, dynamodb);
  for (const product of PRODUCTS) {
    const image = await putPicture(product.productId, bucket, s3);
    const shown = { image, imageUploadedAt: new Date().toISOString() };
    const put = new PutCommand({
      TableName: table,
      Item: { ...product, ...held.get(product.productId), ...shown },
      ConditionExpression: 'attribute_not_exists(productId)',
    });
    if (await isDone(dynamodb.send(put))) done.put += 1;
    else if (repair) done.repaired += (await repairProduct({ ...product, ...shown }, table, dynamodb)) ? 1 : 0;
    else await showPicture(product.productId, shown, table, dynamodb);
  }
  return done;
}

/** Whether a write was done; false when its condition was not met. */
async function isDone(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** How many of each product orders have reserved, and how many were sold. No order can change that while the product is missing. */
async function heldByOrders(
  ordersTable: string,
  dynamodb: DynamoDBDocumentClient,
): Promise<Map<string, Pick<Sample, 'reserved' | 'sold'>>> {
  const held = new Map<string, Pick<Sample, 'reserved' | 'sold'>>();
  const pages = paginateScan(
    { client: dynamodb },
    {
      TableName: ordersTable,
      ConsistentRead: true,
      FilterExpression: 'stock IN (:reserved, :sold)',
      ExpressionAttributeValues: { ':reserved': 'RESERVED', ':sold': 'SOLD' },
    },
  );
  for await (const { Items = [] } of pages) {
    for (const { stock, items } of Items as Pick<Order, 'stock' | 'items'>[]) {
      for (const { productId, quantity } of items) {
        const counts = held.get(productId) ?? { reserved: 0, sold: 0 };
        counts[stock === 'RESERVED' ? 'reserved' : 'sold'] += quantity;
        held.set(productId, counts);
      }
    }
  }
  return held;
}

/** Gives a product what the sample has, but for its stock. Returns whether anything differed. */
function repairProduct(
  { productId, name, price, currency, image, imageUploadedAt }: Sample & { image: string; imageUploadedAt: string },
  table: string,
  dynamodb: DynamoDBDocumentClient,
): Promise<boolean> {
  return isDone(
    dynamodb.send(
      new UpdateCommand({
        TableName: table,
        Key: { productId },
        UpdateExpression:
          'SET #name = :name, price = :price, currency = :currency, image = :image, imageUploadedAt = :at',
        ConditionExpression:
          '#name <> :name OR price <> :price OR currency <> :currency OR attribute_not_exists(image) OR image <> :image',
        ExpressionAttributeNames: { '#name': 'name' },
        ExpressionAttributeValues: {
          ':name': name,
          ':price': price,
          ':currency': currency,
          ':image': image,
          ':at': imageUploadedAt,
        },
      }),
    ),
  );
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
  await isDone(
    dynamodb.send(
      new UpdateCommand({
        TableName: table,
        Key: { productId },
        UpdateExpression: 'SET image = :image, imageUploadedAt = :at',
        ConditionExpression: 'attribute_not_exists(image)',
        ExpressionAttributeValues: { ':image': image, ':at': imageUploadedAt },
      }),
    ),
  );
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

// npm run seed: puts the sample products into the local cloud, also those that were changed or deleted.
// npm run seed -- --stack <name>: into a stack on AWS.
if (import.meta.main) {
  main(async () => {
    const { values } = parseArgs({ options: { stack: { type: 'string' } } });
    const { connection, catalogue } =
      values.stack === undefined ? await localCatalogue() : await catalogueOnAws(values.stack);
    const { put, repaired } = await seedProducts(connection, catalogue, { repair: true });
    console.log(
      `Of ${PRODUCTS.length} sample products in ${catalogue.table}, ${put} were missing and ${repaired} were changed; all are as they should be.`,
    );
  });
}

async function localCatalogue(): Promise<{ connection: Connection; catalogue: Catalogue }> {
  if (!(await isLocalCloudUp())) {
    throw new Failure(`${NOT_RUNNING} A stack on AWS is named with: npm run seed -- --stack <name>`);
  }
  const { endpoint = '', region, productsTable, ordersTable, outputs } = readStackFile();
  useOnlyLocalAws(endpoint);
  return {
    connection: { endpoint, region, credentials: ROOT } as Connection,
    catalogue: { table: productsTable, bucket: outputs.ImagesBucketName ?? '', ordersTable },
  };
}

async function catalogueOnAws(stackName: string): Promise<{ connection: Connection; catalogue: Catalogue }> {
  const { Outputs } = await describeStack(stackName, new CloudFormationClient({}));
  const output = (name: string) => {
    const value = Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue;
    if (value === undefined) throw new Failure(`The stack ${stackName} has no output ${name}.`);
    return value;
  };
  return {
    connection: {},
    catalogue: {
      table: output('ProductsTableName'),
      bucket: output('ImagesBucketName'),
      ordersTable: output('OrdersTableName'),
    },
  };
}
