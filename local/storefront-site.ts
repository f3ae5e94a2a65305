import { globSync, readFileSync } from 'node:fs';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudFrontClient, CreateInvalidationCommand } from '@aws-sdk/client-cloudfront';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { lookup } from 'mrmime';
import type { Connection } from './seed.ts';

/** What `npm run storefront:build` makes. */
export const DIST = 'storefront/dist';

/** What the pages read as /config.json: everything about their stack that is not known when they are built. */
export interface StorefrontConfig {
  paymentProvider: string;
  /** Stripe's own key for browsers, which is no secret. Only with the provider stripe. */
  stripePublishableKey?: string;
}

export interface Site {
  bucket: string;
  distributionId: string;
  /** Folder of the built pages. */
  dist: string;
  config: StorefrontConfig;
}

interface PublishedFile {
  key: string;
  body: string | Buffer;
}

/** Vite puts a hash into the name of every file in this folder, so that the content behind a name never changes. */
const HASHED = /^assets\//;
const CACHE_FOR_A_YEAR = 'public, max-age=31536000, immutable';
const ASK_EVERY_TIME = 'no-cache';

/**
 * How long a file stays that the newest pages do not name any more. A page that was opened before still loads its parts,
 * such as the desk.
 */
export const GRACE_MILLISECONDS = 7 * 24 * 3600 * 1000;

/**
 * Puts the built pages into the bucket of the site: what pages name first and index.html last, so that no page ever names
 * what is not there. It may be repeated after any failure.
 *
 * @param now Date.now(), or the moment that a test pretends
 * @throws Error when nothing is built
 */
export async function publishStorefront(site: Site, connection: Connection, now = Date.now()): Promise<void> {
  const s3 = new S3Client(connection);
  const files = filesOf(site);
  for (const file of files) {
    await s3.send(
      new PutObjectCommand({
        Bucket: site.bucket,
        Key: file.key,
        Body: file.body,
        ContentType: contentType(file.key),
        CacheControl: cacheControl(file.key),
      }),
    );
  }
  await removeSuperseded(new Set(files.map(({ key }) => key)), site.bucket, s3, now);
  const paths = ['/', ...files.map(({ key }) => `/${key}`).filter((path) => !HASHED.test(path.slice(1)))];
  await new CloudFrontClient(connection).send(
    new CreateInvalidationCommand({
      DistributionId: site.distributionId,
      InvalidationBatch: { CallerReference: String(now), Paths: { Quantity: paths.length, Items: paths } },
    }),
  );
}

/** Files with a hash in their names come first, and index.html comes last. */
function filesOf({ dist, config }: Site): PublishedFile[] {
  const keys = globSync('**/*', { cwd: dist, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => `${file.parentPath}/${file.name}`.slice(dist.length + 1))
    .filter((key) => key !== 'config.json');
  if (!keys.includes('index.html')) throw new Error(`${dist} has no index.html; npm run storefront:build makes it`);
  const order = (key: string) => (HASHED.test(key) ? 0 : key === 'index.html' ? 2 : 1);
  return [
    ...keys.map((key) => ({ key, body: readFileSync(`${dist}/${key}`) })),
    { key: 'config.json', body: JSON.stringify(config) },
  ].sort((one, other) => order(one.key) - order(other.key));
}

function contentType(key: string): string {
  const type = lookup(key) ?? 'application/octet-stream';
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type;
}

const cacheControl = (key: string) => (HASHED.test(key) ? CACHE_FOR_A_YEAR : ASK_EVERY_TIME);

/**
 * Deletes what no page has named for the grace. S3 does not know since when that is: the first publication without the
 * file notes it on the object.
 */
async function removeSuperseded(current: Set<string>, bucket: string, s3: S3Client, now: number): Promise<void> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
    for (const { Key = '' } of Contents) {
      if (current.has(Key)) continue;
      const { Metadata = {} } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key }));
      if (Metadata.superseded === undefined) {
        await s3.send(
          new CopyObjectCommand({
            Bucket: bucket,
            Key,
            CopySource: `${bucket}/${encodeURIComponent(Key)}`,
            MetadataDirective: 'REPLACE',
            Metadata: { superseded: new Date(now).toISOString() },
            ContentType: contentType(Key),
            CacheControl: cacheControl(Key),
          }),
        );
      } else if (now - Date.parse(Metadata.superseded) > GRACE_MILLISECONDS) {
        await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
      }
    }
  }
}

/**
 * Where the pages of a stack go, and what they have to know about it.
 *
 * @throws Error when the stack has no storefront, or takes payments with Stripe and no key for browsers is given
 */
export async function siteOfStack(
  stackName: string,
  connection: Connection,
  stripePublishableKey?: string,
): Promise<Site & { url: string }> {
  const { Stacks } = await new CloudFormationClient(connection).send(
    new DescribeStacksCommand({ StackName: stackName }),
  );
  const { Outputs = [], Parameters = [] } = Stacks?.[0] ?? {};
  const output = (name: string) => {
    const value = Outputs.find(({ OutputKey }) => OutputKey === name)?.OutputValue;
    if (value === undefined) throw new Error(`${stackName} has no output ${name}: deploy it with Storefront=on`);
    return value;
  };
  const paymentProvider =
    Parameters.find(({ ParameterKey }) => ParameterKey === 'PaymentProvider')?.ParameterValue ?? 'sandbox';
  if (paymentProvider === 'stripe' && stripePublishableKey === undefined) {
    throw new Error(
      `${stackName} takes payments with Stripe: name its key for browsers with --stripe-publishable-key pk_…`,
    );
  }
  return {
    bucket: output('StorefrontBucketName'),
    distributionId: output('StorefrontDistributionId'),
    url: output('StorefrontUrl'),
    dist: DIST,
    config: { paymentProvider, ...(stripePublishableKey !== undefined && { stripePublishableKey }) },
  };
}
