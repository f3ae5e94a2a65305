import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { GRACE_MILLISECONDS, publishStorefront, type Site, siteOfStack } from '../../local/storefront-site.ts';
import { s3 } from '../support/images.ts';
import { aws, stack } from '../support/stack.ts';

let site: Site;

beforeEach(async () => {
  site = {
    bucket: `publish-${randomUUID()}`,
    distributionId: stack.outputs.StorefrontDistributionId ?? '',
    dist: mkdtempSync(join(tmpdir(), 'dist-')),
    config: { paymentProvider: 'sandbox' },
  };
  await s3.send(new CreateBucketCommand({ Bucket: site.bucket }));
});

afterEach(() => rmSync(site.dist, { recursive: true }));

/** Builds pages that name these scripts, instead of what was built before. */
function build(...scripts: string[]): void {
  rmSync(site.dist, { recursive: true });
  mkdirSync(join(site.dist, 'assets'), { recursive: true });
  writeFileSync(
    join(site.dist, 'index.html'),
    scripts.map((name) => `<script src="/assets/${name}"></script>`).join(''),
  );
  writeFileSync(join(site.dist, 'favicon.svg'), '<svg/>');
  for (const name of scripts) writeFileSync(join(site.dist, 'assets', name), `// ${name}`);
}

const publish = (now?: number) => publishStorefront(site, aws, now);

async function published(): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: site.bucket }));
  return Contents.map(({ Key = '' }) => Key).sort();
}

async function read(key: string) {
  const { Body, ContentType, CacheControl } = await s3.send(new GetObjectCommand({ Bucket: site.bucket, Key: key }));
  return { text: await Body?.transformToString(), ContentType, CacheControl };
}

test('a file with its hash in its name is kept for a year, and every other is asked for each time', async () => {
  build('index-1a.js');
  await publish();
  const immutable = 'public, max-age=31536000, immutable';
  const headers = await Promise.all((await published()).map(async (key) => [key, await read(key)]));
  expect(Object.fromEntries(headers)).toMatchObject({
    'assets/index-1a.js': { ContentType: 'text/javascript; charset=utf-8', CacheControl: immutable },
    'config.json': { ContentType: 'application/json', CacheControl: 'no-cache', text: '{"paymentProvider":"sandbox"}' },
    'favicon.svg': { ContentType: 'image/svg+xml', CacheControl: 'no-cache' },
    'index.html': { ContentType: 'text/html; charset=utf-8', CacheControl: 'no-cache' },
  });
});

test('what the new pages do not name stays as it was for a week, for pages that are still open, and then goes', async () => {
  const begun = Date.now();
  build('index-1a.js');
  await publish(begun);
  const before = await read('assets/index-1a.js');
  build('index-2b.js');
  await publish(begun + 1000);
  expect(await read('assets/index-1a.js')).toEqual(before);
  await publish(begun + 1000 + GRACE_MILLISECONDS);
  expect(await published()).toContain('assets/index-1a.js');
  await publish(begun + 2000 + GRACE_MILLISECONDS);
  expect(await published()).toEqual(['assets/index-2b.js', 'config.json', 'favicon.svg', 'index.html']);
});

test('going back to older pages keeps their files', async () => {
  const begun = Date.now();
  build('index-1a.js');
  await publish(begun);
  build('index-2b.js');
  await publish(begun + 1000);
  build('index-1a.js');
  await publish(begun + 2000);
  await publish(begun + 2 * GRACE_MILLISECONDS);
  expect(await published()).toContain('assets/index-1a.js');
});

test('nothing is published when nothing was built', async () => {
  build('index-1a.js');
  rmSync(join(site.dist, 'index.html'));
  await expect(publish()).rejects.toThrow('has no index.html');
  expect(await published()).toEqual([]);
});

test('the stack says where its pages go and who takes the payments', async () => {
  expect(await siteOfStack(stack.stackName, aws)).toMatchObject({
    bucket: stack.outputs.StorefrontBucketName,
    distributionId: stack.outputs.StorefrontDistributionId,
    config: { paymentProvider: 'sandbox' },
  });
});
