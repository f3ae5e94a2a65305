import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PROBLEMS } from '../../functions/shared/api/problem.ts';
import { SAMPLE_ORDER } from '../../local/sample-request.ts';
import { checkAnswer, document, documentText, routes } from '../support/openapi.ts';
import { type Json, root, template } from './template.ts';
import { resource } from './template-rules.ts';
import { translate } from './tools.ts';

type Fields = { [key: string]: Json };

/** Runs a program of node_modules, or with `node` a file, at the root of the project. */
function run(command: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin', command), args, {
    cwd: root,
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
      REDOCLY_TELEMETRY: 'off',
      REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
    },
  });
  return { status, output: `${stdout}${stderr}` };
}

describe('docs/openapi.yaml', () => {
  test('is a document that its linter has nothing to say about', () => {
    const { status, output } = run('redocly', ['lint', 'docs/openapi.yaml']);
    expect({ status, output }).toEqual({ status: 0, output: expect.stringContaining('Your API description is valid') });
  });

  test('and api/models.yaml have the request schemas of the functions, as they are and as their draft-4 projection', () => {
    const { status, output } = run('node', [
      '--disable-warning=ExperimentalWarning',
      '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
      'build/publish-schemas.ts',
      '--check',
    ]);
    expect({ status, output }).toEqual({ status: 0, output: '' });
  });

  test('has the routes of template.yaml, with the same bodies and callers', () => {
    const deployed = Object.values(template.Resources).flatMap(({ Properties }) =>
      Object.values((Properties?.Events ?? {}) as Record<string, { Type: string; Properties: Fields }>)
        .filter(({ Type }) => Type === 'Api')
        .map(({ Properties: { Method, Path, RequestModel, Auth } }) => ({
          route: `${String(Method).toUpperCase()} ${Path}`,
          body: (RequestModel as Fields | undefined)?.Model,
          signedIn: (Auth as Fields | undefined)?.Authorizer !== undefined,
        })),
    );
    const documented = routes.map(({ method, path, operation }) => ({
      route: `${method} ${path}`,
      body: operation.requestBody?.content['application/json']?.schema.$ref.split('/').at(-1),
      signedIn: (operation.security ?? document.security).some((scheme) => 'idToken' in scheme),
    }));
    const byRoute = (a: { route: string }, b: { route: string }) => a.route.localeCompare(b.route);
    expect(documented.sort(byRoute)).toEqual(deployed.sort(byRoute));
  });

  test('tells every problem code with its status, and no other', () => {
    const told: Record<string, Json> = {};
    for (const { content } of Object.values(document.components.responses)) {
      const schema = content?.['application/problem+json']?.schema as { allOf: [Fields, { properties: Fields }] };
      const { status, code } = schema.allOf[1].properties as { status: Fields; code: { enum: string[] } };
      for (const each of code.enum) told[each] = status.const as Json;
    }
    expect(told).toEqual(PROBLEMS);
  });

  test('shows the order that works as it stands', () => {
    const body = document.paths['/orders']?.post?.requestBody?.content['application/json'];
    expect(body?.example).toEqual(SAMPLE_ORDER);
  });

  test('names each of its schemas, responses and parameters somewhere', () => {
    const components = document.components as unknown as Record<string, Record<string, unknown>>;
    const unused = Object.entries(components)
      .filter(([kind]) => kind !== 'securitySchemes')
      .flatMap(([kind, named]) => Object.keys(named).map((name) => `#/components/${kind}/${name}`))
      .filter((pointer) => !documentText.includes(`'${pointer}'`));
    expect(unused).toEqual([]);
  });

  describe('is what an answer is held against:', () => {
    const problem = { type: 'about:blank', title: 'not found', status: 404, detail: 'none', code: 'NOT_FOUND' };
    const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
      status,
      headers: new Headers({
        'content-type': status < 400 ? 'application/json' : 'application/problem+json',
        'cache-control': 'no-store',
        ...headers,
      }),
      text: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const check = (...given: Parameters<typeof checkAnswer>) => {
      try {
        checkAnswer(...given);
      } catch (error) {
        return (error as Error).message.split('outside of docs/openapi.yaml: ')[1];
      }
      return 'inside';
    };

    test.each([
      ['a page of orders', 'GET', '/orders?limit=1', answer(200, { items: [] }), 'inside'],
      ['a problem', 'GET', '/orders/x', answer(404, problem), 'inside'],
      ['no route', 'GET', '/nothing', answer(404, problem), 'inside'],
      ['no route with a page', 'GET', '/nothing', answer(200, {}), 'there is no such route, so'],
      ['another status', 'GET', '/orders', answer(404, problem), 'the route does not have the status 404'],
      [
        'another code',
        'GET',
        '/orders/x',
        answer(404, { ...problem, code: 'FORBIDDEN' }),
        '/code must be equal to one',
      ],
      ['another member', 'GET', '/orders', answer(200, { items: [], total: 1 }), ' must NOT have additional'],
      ['a missing member', 'GET', '/orders', answer(200, {}), " must have required property 'items'"],
      [
        'a cacheable list',
        'GET',
        '/orders',
        answer(200, { items: [] }, { 'cache-control': 'public' }),
        'header cache-',
      ],
      ['no location', 'POST', '/orders/x/retry', answer(202, {}), 'header location is missing'],
      ['a page as text', 'GET', '/orders', answer(200, 'hello'), 'the body is not JSON'],
      ['HTML', 'GET', '/orders', answer(200, '', { 'content-type': 'text/html' }), 'the content type is text/html'],
    ])('%s', (_name, method, url, given, decision) => {
      expect(check(method, url, given)).toMatch(new RegExp(`^${decision}`));
    });
  });
});

describe('what the gateway answers by itself', () => {
  const responses = Object.entries(resource(template, 'Api').Properties.GatewayResponses as Record<string, Fields>);

  test.each(responses)('%s is a problem document that a page of the allowed origin can read', (_type, response) => {
    const { StatusCode, ResponseParameters, ResponseTemplates } = response as {
      StatusCode: number;
      ResponseParameters: { Headers: Fields };
      ResponseTemplates: Record<string, string>;
    };
    const body = JSON.parse(ResponseTemplates['application/json'] ?? '') as { code: keyof typeof PROBLEMS };
    expect(body).toEqual({
      type: 'about:blank',
      title: body.code.toLowerCase().replaceAll('_', ' '),
      status: StatusCode,
      detail: expect.any(String),
      code: expect.any(String),
    });
    expect(PROBLEMS[body.code]).toBe(StatusCode);
    expect(ResponseParameters.Headers).toMatchObject({
      'Content-Type': "'application/problem+json'",
      'cache-control': "'no-store'",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own placeholder
      'access-control-allow-origin': { 'Fn::Sub': "'${AllowedOrigin}'" },
      ...(StatusCode === 429 && { 'retry-after': "'1'" }),
    });
  });

  test('is all that it can answer with', () => {
    // The types that API Gateway knows, from its documentation.
    const types = [
      'ACCESS_DENIED',
      'API_CONFIGURATION_ERROR',
      'AUTHORIZER_CONFIGURATION_ERROR',
      'AUTHORIZER_FAILURE',
      'BAD_REQUEST_BODY',
      'BAD_REQUEST_PARAMETERS',
      'DEFAULT_4XX',
      'DEFAULT_5XX',
      'EXPIRED_TOKEN',
      'INTEGRATION_FAILURE',
      'INTEGRATION_TIMEOUT',
      'INVALID_API_KEY',
      'INVALID_SIGNATURE',
      'MISSING_AUTHENTICATION_TOKEN',
      'QUOTA_EXCEEDED',
      'REQUEST_TOO_LARGE',
      'RESOURCE_NOT_FOUND',
      'THROTTLED',
      'UNAUTHORIZED',
      'UNSUPPORTED_MEDIA_TYPE',
      'WAF_FILTERED',
    ];
    expect(responses.map(([type]) => type).sort()).toEqual(types);
  });
});

describe('a cache of the stage', () => {
  const settings = resource(template, 'Api').Properties.MethodSettings as Fields[];

  test('would keep nothing but the catalogue, and that encrypted and for seconds', () => {
    expect(resource(template, 'Api').Properties).not.toHaveProperty('CacheClusterEnabled');
    const everything = settings.find(({ ResourcePath }) => ResourcePath === '/*');
    expect(everything).toMatchObject({ HttpMethod: '*', CachingEnabled: false });
    const kept = settings.filter(({ CachingEnabled }) => CachingEnabled !== false);
    expect(kept).toEqual([
      expect.objectContaining({
        ResourcePath: '/~1products',
        HttpMethod: 'GET',
        CachingEnabled: true,
        CacheDataEncrypted: true,
        CacheTtlInSeconds: 15,
      }),
    ]);
    // A method with settings of its own does not take the others from those for all.
    for (const name of ['ThrottlingRateLimit', 'ThrottlingBurstLimit', 'MetricsEnabled']) {
      expect(kept[0]?.[name]).toEqual(everything?.[name]);
    }
  });

  test('would tell its pages apart by everything that a page depends on', () => {
    const { paths } = resource(translate(), 'Api').Properties.Body as { paths: Record<string, Record<string, Fields>> };
    const keys = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, route]) => [
        `${method} ${path}`,
        (route['x-amazon-apigateway-integration'] as Fields | undefined)?.cacheKeyParameters,
      ]),
    );
    expect(keys.filter(([, parameters]) => parameters !== undefined)).toEqual([
      ['get /products', ['method.request.querystring.limit', 'method.request.querystring.nextToken']],
    ]);
    const listed = document.paths['/products']?.get as unknown as { parameters: { $ref: string }[] };
    expect(listed.parameters.map(({ $ref }) => $ref.split('/').at(-1))).toEqual(['Limit', 'NextToken']);
  });
});
