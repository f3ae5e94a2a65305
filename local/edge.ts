import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { CloudFrontClient, GetCachePolicyCommand, GetDistributionConfigCommand } from '@aws-sdk/client-cloudfront';
import { ROOT } from './mini-stack.ts';
import { Failure, main } from './progress.mjs';
import { readStackFile } from './stack-file.ts';

// Stands where CloudFront's edge stands: the address of the storefront. The emulator serves the deployed distribution
// itself: it chooses the behaviour, runs the function, signs for the buckets, adds the key and the headers. What it does
// not do, this does as the distribution's own cache policies say: keep answers, and compress them.
//
// There is no TLS here. The emulator is told that the viewer used it, and a browser ignores HSTS over HTTP.

interface Behaviour {
  pattern: RegExp;
  compress: boolean;
  /** The policy of what is kept, with times in seconds. */
  cache: { minTtl: number; maxTtl: number; compressed: boolean; queryStrings: string[] };
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

interface Kept {
  answer: Answer;
  /** Milliseconds, as Date.now() counts. */
  since: number;
  until: number;
}

/** What CloudFront compresses, by type and size in bytes. */
const COMPRESSIBLE = /^(text\/|application\/(javascript|json|manifest\+json|xml|problem\+json)|image\/svg\+xml)/;
const COMPRESSED_FROM = 1000;
const COMPRESSED_UP_TO = 10_000_000;

const { endpoint = '', region, storefrontUrl, outputs } = readStackFile();
const emulator = new URL(endpoint);
const distributionId = outputs.StorefrontDistributionId ?? '';
const kept = new Map<string, Kept>();

main(async () => {
  const behaviours = await readBehaviours();
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing, behaviours).catch((error: Error) => {
      console.error(`${incoming.method} ${incoming.url?.split('?')[0]}: ${error.stack}`);
      if (!outgoing.headersSent) outgoing.writeHead(502);
      outgoing.end();
    });
  });
  const { hostname, port } = new URL(storefrontUrl);
  server.listen(Number(port), hostname, () => console.log(`serving ${distributionId} at ${storefrontUrl}`));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  }
});

/** The behaviours of the deployed distribution, the default one last. */
async function readBehaviours(): Promise<Behaviour[]> {
  const cloudfront = new CloudFrontClient({ endpoint, region, credentials: ROOT });
  const { DistributionConfig } = await cloudfront.send(new GetDistributionConfigCommand({ Id: distributionId }));
  const { DefaultCacheBehavior, CacheBehaviors } = DistributionConfig ?? {};
  if (!DefaultCacheBehavior) throw new Failure(`there is no distribution ${distributionId}`);
  return Promise.all(
    [...(CacheBehaviors?.Items ?? []), { ...DefaultCacheBehavior, PathPattern: '*' }].map(
      async ({ PathPattern = '', Compress = false, CachePolicyId }) => {
        const { CachePolicy } = await cloudfront.send(new GetCachePolicyCommand({ Id: CachePolicyId }));
        const {
          MinTTL = 0,
          MaxTTL = 0,
          ParametersInCacheKeyAndForwardedToOrigin: key,
        } = CachePolicy?.CachePolicyConfig ?? {};
        return {
          pattern: patternOf(PathPattern),
          compress: Compress,
          cache: {
            minTtl: MinTTL,
            maxTtl: MaxTTL,
            compressed: key?.EnableAcceptEncodingBrotli === true || key?.EnableAcceptEncodingGzip === true,
            queryStrings: key?.QueryStringsConfig?.QueryStrings?.Items ?? [],
          },
        };
      },
    ),
  );
}

function patternOf(path: string): RegExp {
  const text = path
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${text}$`);
}

async function serve(incoming: IncomingMessage, outgoing: ServerResponse, behaviours: Behaviour[]): Promise<void> {
  const url = new URL(incoming.url ?? '/', storefrontUrl);
  const behaviour = behaviours.find(({ pattern }) => pattern.test(url.pathname));
  if (!behaviour) throw new Error('no behaviour fits');

  const key = keyOf(incoming, url, behaviour);
  const hit = key === undefined ? undefined : kept.get(key);
  if (hit && hit.until > Date.now()) {
    const age = Math.floor((Date.now() - hit.since) / 1000);
    const headers = { ...hit.answer.headers, 'x-cache': 'Hit from cloudfront', age: String(age) };
    return send({ ...hit.answer, headers }, incoming, outgoing, behaviour);
  }
  const answer = await askEmulator(incoming, key !== undefined);
  if (key !== undefined && answer.status === 200) {
    const since = Date.now();
    kept.set(key, { answer, since, until: since + 1000 * secondsToKeep(answer, behaviour) });
  }
  send(answer, incoming, outgoing, behaviour);
}

/** Under which key the answer may be kept; undefined when this request is none of those. */
function keyOf({ method, headers }: IncomingMessage, url: URL, { cache }: Behaviour): string | undefined {
  if (method !== 'GET' || cache.maxTtl === 0 || headers.range !== undefined) return undefined;
  const values = cache.queryStrings.map((name) => [name, url.searchParams.getAll(name)]);
  return JSON.stringify([url.pathname, values]);
}

/** As CloudFront reads `Cache-Control`, within the limits of the policy. Without a max-age, nothing is kept. */
function secondsToKeep({ headers }: Answer, { cache }: Behaviour): number {
  const directives = headers['cache-control'] ?? '';
  if (/\b(no-store|no-cache|private)\b/.test(directives)) return cache.minTtl;
  const age = /\bs-maxage=(\d+)/.exec(directives) ?? /\bmax-age=(\d+)/.exec(directives);
  return Math.min(Math.max(Number(age?.[1] ?? 0), cache.minTtl), cache.maxTtl);
}

/** Asks the emulator's own distribution. An answer that may be kept has to be a whole one. */
async function askEmulator(incoming: IncomingMessage, whole: boolean): Promise<Answer> {
  const { 'if-none-match': etag, 'if-modified-since': since, 'accept-encoding': _, ...headers } = incoming.headers;
  const conditions = { ...(etag !== undefined && { 'if-none-match': strong(etag) }), 'if-modified-since': since };
  const body = await buffer(incoming);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request(
      {
        host: emulator.hostname,
        port: emulator.port,
        method: incoming.method,
        path: incoming.url,
        headers: {
          ...headers,
          ...(whole ? {} : defined(conditions)),
          // The emulator knows a distribution by its own host name.
          host: new URL(outputs.StorefrontUrl ?? '').host,
          'x-forwarded-proto': 'https',
        },
      },
      resolve,
    )
      .on('error', reject)
      .end(body);
  });
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: await buffer(answer) };
}

function send(
  { status, headers, body }: Answer,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { compress, cache }: Behaviour,
): void {
  const { 'content-length': _, connection: __, 'transfer-encoding': ___, ...rest } = headers;
  const sent: IncomingHttpHeaders = { ...rest, ...localPolicy(headers) };
  const { etag } = headers;
  if (status === 200 && etag !== undefined && strong(incoming.headers['if-none-match'] ?? '') === etag) {
    outgoing.writeHead(304, sent);
    outgoing.end();
    return;
  }
  const encoding = compress && cache.compressed ? encodingFor(incoming, headers, body) : undefined;
  if (encoding !== undefined) {
    sent['content-encoding'] = encoding;
    sent.vary = 'accept-encoding';
    if (etag !== undefined) sent.etag = `W/${etag}`;
  }
  const content = encoding === 'br' ? brotliCompressSync(body) : encoding === 'gzip' ? gzipSync(body) : body;
  outgoing.writeHead(status, {
    ...sent,
    ...(status !== 304 && { 'content-length': lengthOf(incoming, headers, content) }),
  });
  outgoing.end(incoming.method === 'HEAD' ? undefined : content);
}

function encodingFor(incoming: IncomingMessage, headers: IncomingHttpHeaders, body: Buffer): 'br' | 'gzip' | undefined {
  if (headers['content-encoding'] !== undefined || !COMPRESSIBLE.test(headers['content-type'] ?? '')) return undefined;
  if (body.length < COMPRESSED_FROM || body.length > COMPRESSED_UP_TO) return undefined;
  const accepted = incoming.headers['accept-encoding'] ?? '';
  if (/\bbr\b/.test(String(accepted))) return 'br';
  return /\bgzip\b/.test(String(accepted)) ? 'gzip' : undefined;
}

/** An answer to HEAD has the length of what GET would have sent. */
function lengthOf(incoming: IncomingMessage, headers: IncomingHttpHeaders, content: Buffer): number {
  return incoming.method === 'HEAD' ? Number(headers['content-length'] ?? 0) : content.length;
}

/** The policy names the bucket's address on AWS, and forms for uploads are signed for the emulator's here. */
function localPolicy({ 'content-security-policy': policy }: IncomingHttpHeaders): IncomingHttpHeaders {
  if (policy === undefined) return {};
  return { 'content-security-policy': String(policy).replaceAll(/https:\/\/[a-z0-9.-]+\.amazonaws\.com/g, endpoint) };
}

/** The compressed form of a file has a weak tag. */
const strong = (etag: string) => etag.replace(/^W\//, '');

function defined<T>(headers: Record<string, T | undefined>): Record<string, T> {
  return Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, T] => entry[1] !== undefined));
}
