import { runInNewContext } from 'node:vm';
import { type Json, list, objectsIn, type Resource, resourcesOf, type Template, template } from './template.ts';
import { resource } from './template-rules.ts';

type Fields = { [key: string]: Json };

const nested = resource(template, 'StorefrontStack').Nested as Template;
const distribution = properties('Distribution').DistributionConfig as Fields;
const origins = distribution.Origins as Fields[];
const ordered = distribution.CacheBehaviors as Fields[];
const behaviours = [...ordered, { ...(distribution.DefaultCacheBehavior as Fields), PathPattern: '*' }];
const headers = properties('SecurityHeaders').ResponseHeadersPolicyConfig as Fields;

function properties(id: string): Fields {
  return (nested.Resources[id] as Resource).Properties;
}

/** A value for one payment provider: what its conditions leave of it, with lists joined. */
function forProvider(provider: string, value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => forProvider(provider, item));
  if ('Fn::If' in value) {
    const [condition, yes, no] = value['Fn::If'] as [string, Json, Json];
    expect(condition).toBe('StripeTakesPayments');
    return forProvider(provider, provider === 'stripe' ? yes : no);
  }
  if ('Fn::Join' in value) {
    const [separator, items] = value['Fn::Join'] as [string, Json[]];
    return items.map((item) => forProvider(provider, item)).join(separator);
  }
  if ('Fn::Sub' in value) return String(value['Fn::Sub']);
  return value;
}

function contentPolicy(provider: string): Record<string, string[]> {
  const { ContentSecurityPolicy } = headers.SecurityHeadersConfig as { ContentSecurityPolicy: Fields };
  const text = String(forProvider(provider, ContentSecurityPolicy.ContentSecurityPolicy ?? null));
  return Object.fromEntries(
    text.split('; ').map((directive) => [directive.split(' ')[0], directive.split(' ').slice(1)]),
  );
}

/** The first behaviour whose pattern fits, as CloudFront chooses. */
const behaviourOf = (path: string) =>
  behaviours.find(({ PathPattern }) => new RegExp(`^${String(PathPattern).replaceAll('*', '.*')}$`).test(path));

test('the storefront can be left out, and nothing but its own outputs goes with it', () => {
  expect(template.Parameters.Storefront).toMatchObject({ Default: 'on', AllowedValues: ['none', 'on', 'logged'] });
  const conditional = [...Object.entries(template.Resources), ...Object.entries(template.Outputs)]
    .filter(([, { Condition }]) => Condition === 'StorefrontIsPart')
    .map(([id]) => id);
  expect(conditional).toEqual(['StorefrontStack', 'StorefrontUrl', 'StorefrontDistributionId', 'StorefrontBucketName']);
});

describe('the bucket of pages', () => {
  test('is private, encrypted, versioned and its objects its own', () => {
    expect(properties('SiteBucket')).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      VersioningConfiguration: { Status: 'Enabled' },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
    for (const website of ['WebsiteConfiguration', 'AccessControl', 'CorsConfiguration'])
      expect(properties('SiteBucket')).not.toHaveProperty(website);
  });

  test('lets this distribution alone read a file, and nobody list them', () => {
    const { Statement } = properties('SiteBucketPolicy').PolicyDocument as { Statement: Fields[] };
    expect(Statement.map(({ Sid, Effect }) => [Sid, Effect])).toEqual([
      ['RefuseUnencryptedTransport', 'Deny'],
      ['LetDistributionServePages', 'Allow'],
    ]);
    expect(Statement[1]).toMatchObject({
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Action: 's3:GetObject',
      Condition: {
        StringEquals: {
          'aws:SourceArn': {
            // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholders are CloudFormation's.
            'Fn::Sub': 'arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Distribution}',
          },
        },
      },
    });
  });

  test('is reached with a signature of the distribution, as is the bucket of images', () => {
    const buckets = origins.filter(({ S3OriginConfig }) => S3OriginConfig !== undefined);
    expect(buckets.map(({ Id }) => Id)).toEqual(['site', 'images']);
    for (const { OriginAccessControlId, S3OriginConfig } of buckets) {
      expect(OriginAccessControlId).toEqual({ Ref: 'OriginAccessControl' });
      expect(S3OriginConfig).toEqual({ OriginAccessIdentity: '' });
    }
    expect(properties('OriginAccessControl').OriginAccessControlConfig).toMatchObject({
      OriginAccessControlOriginType: 's3',
      SigningBehavior: 'always',
      SigningProtocol: 'sigv4',
    });
  });
});

describe('the API key', () => {
  // Another name for the secret makes a new key, so that no name is expected.
  const [[secretId, secret]] = resourcesOf('AWS::SecretsManager::Secret') as [[string, Resource]];
  const reference = (secret: string) => ({ 'Fn::Sub': `{{resolve:secretsmanager:\${${secret}}}}` });

  test('is the text of one secret, which the gateway and the distribution read', () => {
    expect(resource(template, 'ApiKey').Properties.Value).toEqual(reference(secretId));
    expect(origins.find(({ Id }) => Id === 'api')?.OriginCustomHeaders).toEqual([
      { HeaderName: 'x-api-key', HeaderValue: reference('ApiKeySecretArn') },
    ]);
    expect((resource(template, 'StorefrontStack').Properties.Parameters as Fields).ApiKeySecretArn).toEqual({
      Ref: secretId,
    });
  });

  test('is long, and of letters and digits alone', () => {
    const { PasswordLength, ExcludeCharacters } = secret.Properties.GenerateSecretString as {
      PasswordLength: number;
      ExcludeCharacters: string;
    };
    expect(PasswordLength).toBeGreaterThanOrEqual(32);
    const printable = Array.from({ length: 0x7f - 0x21 }, (_, index) => String.fromCharCode(0x21 + index));
    expect(printable.filter((character) => !ExcludeCharacters.includes(character)).join('')).toMatch(/^[0-9A-Za-z]+$/);
  });

  test('is in no output, in no header of an answer and in no environment of a function', () => {
    const readable = [template.Outputs, nested.Outputs, headers, properties('PageAddress')];
    for (const function_ of resourcesOf('AWS::Serverless::Function')) readable.push(function_[1].Properties);
    expect(JSON.stringify(readable)).not.toMatch(new RegExp(`${secretId}|resolve:secretsmanager`));
  });

  test('is known to the API before the distribution sends it', () => {
    expect((resource(template, 'StorefrontStack') as { DependsOn?: Json }).DependsOn).toBe('UsagePlanKey');
  });
});

describe('every answer', () => {
  test.each(behaviours.map((behaviour): [string, Fields] => [String(behaviour.PathPattern), behaviour]))(
    '%s has the security headers, and never goes out unencrypted',
    (pattern, { ResponseHeadersPolicyId, ViewerProtocolPolicy }) => {
      expect(ResponseHeadersPolicyId).toEqual({ Ref: 'SecurityHeaders' });
      expect(ViewerProtocolPolicy).toBe(pattern.startsWith('/api') ? 'https-only' : 'redirect-to-https');
    },
  );

  test('may be shown in no frame, guessed at by no browser, and asks for HTTPS for two years', () => {
    expect(headers.SecurityHeadersConfig).toMatchObject({
      StrictTransportSecurity: { AccessControlMaxAgeSec: 2 * 365 * 24 * 3600, IncludeSubdomains: true },
      ContentTypeOptions: { Override: true },
      FrameOptions: { FrameOption: 'DENY' },
      ReferrerPolicy: { ReferrerPolicy: 'strict-origin-when-cross-origin' },
    });
    for (const header of Object.values(headers.SecurityHeadersConfig as Record<string, Fields>))
      expect(header.Override).toBe(true);
  });

  test('allows nothing to a page of another origin', () => {
    const removed = (headers.RemoveHeadersConfig as { Items: { Header: string }[] }).Items.map(({ Header }) => Header);
    expect(removed).toContain('Access-Control-Allow-Origin');
    expect(headers).not.toHaveProperty('CorsConfig');
  });
});

describe('the content security policy', () => {
  test.each(['sandbox', 'stripe'])('with %s has nothing unsafe, no wildcard and no frame around it', (provider) => {
    const policy = contentPolicy(provider);
    expect(policy['default-src']).toEqual(["'none'"]);
    expect(policy['frame-ancestors']).toEqual(["'none'"]);
    expect(policy['base-uri']).toEqual(["'none'"]);
    const sources = Object.values(policy).flat();
    expect(sources.filter((source) => /unsafe|^\*|^https?:$|^data:|^blob:/.test(source))).toEqual([]);
  });

  test('admits Stripe where Stripe takes the payments, and only there', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is CloudFormation's.
    const uploads = 'https://${ImagesDomainName}';
    const others = (provider: string) =>
      Object.fromEntries(
        Object.entries(contentPolicy(provider))
          .map(([name, sources]): [string, string[]] => [name, sources.filter((source) => source.startsWith('https:'))])
          .filter(([, sources]) => sources.length > 0),
      );
    expect(others('sandbox')).toEqual({ 'connect-src': [uploads] });
    expect(others('stripe')).toEqual({
      'script-src': ['https://js.stripe.com'],
      'connect-src': [uploads, 'https://api.stripe.com'],
      'frame-src': ['https://js.stripe.com', 'https://*.js.stripe.com', 'https://hooks.stripe.com'],
    });
  });
});

describe('a request', () => {
  test.each([
    ['/', 'site'],
    ['/orders/4711', 'site'],
    ['/desk/orders', 'site'],
    ['/assets/main-1a2b.js', 'site'],
    ['/images/1a2b.webp', 'images'],
    ['/api/products', 'api'],
    ['/api/products/upload', 'api'],
    ['/api/orders/4711/cancel', 'api'],
  ])('for %s goes to %s', (path, origin) => {
    expect(behaviourOf(path)?.TargetOriginId).toBe(origin);
  });

  test('to the API goes on as it came, encrypted, with every method', () => {
    expect(origins.find(({ Id }) => Id === 'api')).toMatchObject({
      CustomOriginConfig: { OriginProtocolPolicy: 'https-only', OriginSSLProtocols: ['TLSv1.2'] },
    });
    expect(origins.find(({ Id }) => Id === 'api')).not.toHaveProperty('OriginPath');
    for (const path of ['/api/products', '/api/orders'])
      expect(list(behaviourOf(path)?.AllowedMethods).sort()).toEqual([
        'DELETE',
        'GET',
        'HEAD',
        'OPTIONS',
        'PATCH',
        'POST',
        'PUT',
      ]);
  });

  test('is answered from the cache for pages of the catalogue alone, by what makes one', () => {
    const kept = ordered.filter(
      ({ TargetOriginId, CachePolicyId }) => TargetOriginId === 'api' && typeof CachePolicyId !== 'string',
    );
    expect(kept.map(({ PathPattern, CachedMethods }) => [PathPattern, CachedMethods])).toEqual([
      ['/api/products', ['GET', 'HEAD']],
    ]);
    expect(properties('CatalogueCachePolicy').CachePolicyConfig).toMatchObject({
      MinTTL: 0,
      DefaultTTL: 0,
      ParametersInCacheKeyAndForwardedToOrigin: {
        HeadersConfig: { HeaderBehavior: 'none' },
        CookiesConfig: { CookieBehavior: 'none' },
        QueryStringsConfig: { QueryStringBehavior: 'whitelist', QueryStrings: ['limit', 'nextToken'] },
      },
    });
    // What does not make a page may not reach the API with it: the next customer would get that answer.
    expect(behaviourOf('/api/products')).not.toHaveProperty('OriginRequestPolicyId');
    // AWS's own CachingDisabled.
    expect(behaviourOf('/api/orders')?.CachePolicyId).toBe('4135ea2d-6df8-44a3-9df3-4b5a84be39ad');
  });

  test('that fails is asked again the next time, and keeps the answer of its origin', () => {
    const errors = distribution.CustomErrorResponses as Fields[];
    for (const code of [403, 404, 500, 502, 503, 504])
      expect(errors).toContainEqual({ ErrorCode: code, ErrorCachingMinTTL: 0 });
    for (const error of errors) expect(Object.keys(error).sort()).toEqual(['ErrorCachingMinTTL', 'ErrorCode']);
  });
});

describe('the address of a page', () => {
  const associated = behaviours.filter(({ FunctionAssociations }) => FunctionAssociations !== undefined);
  const rewritten = (uri: string) =>
    (
      runInNewContext(
        `${properties('PageAddress').FunctionCode}; handler({ request: { uri: ${JSON.stringify(uri)} } })`,
      ) as { uri: string }
    ).uri;

  test('is looked at where pages are, and not where the API and the images are', () => {
    expect(associated.map(({ PathPattern }) => PathPattern)).toEqual(['*']);
  });

  test.each(['/', '/cart', '/orders/b5d2f8c4-0000-4000-8000-000000000000', '/desk/', '/a.b/c'])(
    '%s is a page',
    (uri) => {
      expect(rewritten(uri)).toBe('/index.html');
    },
  );

  test.each(['/index.html', '/config.json', '/assets/main-1a2b.js', '/favicon.svg'])('%s is a file', (uri) => {
    expect(rewritten(uri)).toBe(uri);
  });
});

describe('access logs', () => {
  test('are kept for 7 days, and only when asked for', () => {
    const { Rules } = properties('AccessLogBucket').LifecycleConfiguration as { Rules: Fields[] };
    expect(Rules[0]).toMatchObject({ Status: 'Enabled', ExpirationInDays: 7 });
    for (const id of ['AccessLogBucket', 'AccessLogBucketPolicy'])
      expect(nested.Resources[id]?.Condition).toBe('AccessIsLogged');
    const switched = [distribution.Logging, properties('SiteBucket').LoggingConfiguration];
    for (const logging of switched)
      expect(logging).toEqual({ 'Fn::If': ['AccessIsLogged', expect.anything(), { Ref: 'AWS::NoValue' }] });
  });

  test('of the bucket are written by it alone', () => {
    const statements = [...objectsIn(properties('AccessLogBucketPolicy').PolicyDocument)];
    expect(statements).toContainEqual(
      expect.objectContaining({ Sid: 'LetBucketWriteItsLog', Principal: { Service: 'logging.s3.amazonaws.com' } }),
    );
  });
});
