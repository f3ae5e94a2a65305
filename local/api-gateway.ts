import {
  APIGatewayClient,
  CreateDeploymentCommand,
  CreateModelCommand,
  CreateRequestValidatorCommand,
  type GatewayResponseType,
  GetMethodCommand,
  GetResourcesCommand,
  PutGatewayResponseCommand,
  PutIntegrationCommand,
  PutIntegrationResponseCommand,
  PutMethodCommand,
  PutMethodResponseCommand,
  type Resource,
} from '@aws-sdk/client-api-gateway';
import type { DeployedTemplate } from './deployed-template.ts';
import { ROOT } from './mini-stack.ts';

interface OpenApi {
  components?: { schemas?: Record<string, object> };
  paths: Record<string, Record<string, Operation>>;
  'x-amazon-apigateway-request-validators'?: Record<
    string,
    { validateRequestBody?: boolean; validateRequestParameters?: boolean }
  >;
  'x-amazon-apigateway-request-validator'?: string;
  'x-amazon-apigateway-gateway-responses'?: Record<
    string,
    {
      statusCode?: number | string;
      responseParameters?: Record<string, string>;
      responseTemplates?: Record<string, string>;
    }
  >;
}

interface Operation {
  parameters?: { name: string; in: 'path' | 'query' | 'header'; required?: boolean }[];
  requestBody?: { content?: Record<string, { schema?: { $ref?: string } }> };
  'x-amazon-apigateway-request-validator'?: string;
  'x-amazon-apigateway-integration'?: {
    type?: string;
    passthroughBehavior?: string;
    requestTemplates?: Record<string, string>;
    responses?: Record<string, IntegrationResponse>;
  };
}

interface IntegrationResponse {
  statusCode: number | string;
  responseParameters?: Record<string, string>;
  responseTemplates?: Record<string, string>;
}

/**
 * Puts on the deployed REST APIs what the emulator leaves out when it imports their OpenAPI bodies: models, request
 * validators, gateway responses, and the responses of mock integrations. It all comes from the deployed template.
 *
 * @returns how many of each were put
 */
export async function completeApis(template: DeployedTemplate, endpoint: string, region: string): Promise<string> {
  const client = new APIGatewayClient({ endpoint, region, credentials: ROOT });
  const counts = { models: 0, validators: 0, 'gateway responses': 0, 'mock responses': 0 };
  for (const [logicalId, api] of template.resourcesOf('AWS::ApiGateway::RestApi')) {
    if (!api.Body) continue;
    const restApiId = template.physicalId(logicalId);
    const body = api.Body as OpenApi;
    await putModels(client, restApiId, body, counts);
    const validators = await putValidators(client, restApiId, body, counts);
    await putGatewayResponses(client, restApiId, body, counts);
    const resources = await listResources(client, restApiId);
    for (const [path, operations] of Object.entries(body.paths)) {
      const resourceId = resources.find((resource) => resource.path === path)?.id;
      for (const [method, operation] of Object.entries(operations)) {
        if (!/^(get|put|post|delete|patch|head|options)$/.test(method)) continue;
        const target = { restApiId, resourceId, httpMethod: method.toUpperCase() };
        const validator =
          operation['x-amazon-apigateway-request-validator'] ?? body['x-amazon-apigateway-request-validator'];
        await putRequestRules(client, target, operation, validator === undefined ? undefined : validators[validator]);
        await putMockResponses(client, target, operation, counts);
      }
    }
    for (const [, stage] of template.resourcesOf('AWS::ApiGateway::Stage')) {
      if (stage.RestApiId !== restApiId) continue;
      await client.send(new CreateDeploymentCommand({ restApiId, stageName: String(stage.StageName) }));
    }
  }
  return Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');
}

type Counts = Record<'models' | 'validators' | 'gateway responses' | 'mock responses', number>;
type Method = { restApiId: string; resourceId: string | undefined; httpMethod: string };

async function putModels(client: APIGatewayClient, restApiId: string, body: OpenApi, counts: Counts): Promise<void> {
  for (const [name, schema] of Object.entries(body.components?.schemas ?? {})) {
    const text = JSON.stringify(schema).replaceAll(
      '"#/components/schemas/',
      `"https://apigateway.amazonaws.com/restapis/${restApiId}/models/`,
    );
    await client.send(new CreateModelCommand({ restApiId, name, contentType: 'application/json', schema: text }));
    counts.models += 1;
  }
}

async function putValidators(
  client: APIGatewayClient,
  restApiId: string,
  body: OpenApi,
  counts: Counts,
): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const [name, rules] of Object.entries(body['x-amazon-apigateway-request-validators'] ?? {})) {
    const { id = '' } = await client.send(new CreateRequestValidatorCommand({ restApiId, name, ...rules }));
    ids[name] = id;
    counts.validators += 1;
  }
  return ids;
}

async function putGatewayResponses(
  client: APIGatewayClient,
  restApiId: string,
  body: OpenApi,
  counts: Counts,
): Promise<void> {
  for (const [type, response] of Object.entries(body['x-amazon-apigateway-gateway-responses'] ?? {})) {
    await client.send(
      new PutGatewayResponseCommand({
        restApiId,
        responseType: type as GatewayResponseType,
        responseParameters: response.responseParameters,
        responseTemplates: response.responseTemplates,
        ...(response.statusCode !== undefined && { statusCode: String(response.statusCode) }),
      }),
    );
    counts['gateway responses'] += 1;
  }
}

/**
 * Which model the body of a request has to fit, which parameters it must have, and what checks that. The method is put
 * anew with its integration, because the emulator's UpdateMethod does not read the `~1` in a content type's path.
 */
async function putRequestRules(
  client: APIGatewayClient,
  method: Method,
  operation: Operation,
  requestValidatorId: string | undefined,
): Promise<void> {
  const requestModels: Record<string, string> = {};
  for (const [contentType, { schema }] of Object.entries(operation.requestBody?.content ?? {})) {
    const model = schema?.$ref?.split('/').at(-1);
    if (model !== undefined) requestModels[contentType] = model;
  }
  const requestParameters: Record<string, boolean> = {};
  for (const { name, in: place, required = false } of operation.parameters ?? []) {
    requestParameters[`method.request.${place === 'query' ? 'querystring' : place}.${name}`] = required;
  }
  if (requestValidatorId === undefined && Object.keys(requestParameters).length === 0) return;
  const { methodIntegration, $metadata: _, ...current } = await client.send(new GetMethodCommand(method));
  const rules = { requestModels, requestParameters, ...(requestValidatorId !== undefined && { requestValidatorId }) };
  await client.send(
    new PutMethodCommand({ ...current, ...method, authorizationType: current.authorizationType, ...rules }),
  );
  if (!methodIntegration) return;
  const { httpMethod: integrationHttpMethod, integrationResponses: __, type, ...integration } = methodIntegration;
  await client.send(new PutIntegrationCommand({ ...integration, ...method, type, integrationHttpMethod }));
}

async function putMockResponses(
  client: APIGatewayClient,
  method: Method,
  operation: Operation,
  counts: Counts,
): Promise<void> {
  const integration = operation['x-amazon-apigateway-integration'];
  if (integration?.type?.toLowerCase() !== 'mock') return;
  await client.send(
    new PutIntegrationCommand({
      ...method,
      type: 'MOCK',
      requestTemplates: integration.requestTemplates,
      passthroughBehavior: integration.passthroughBehavior?.toUpperCase(),
    }),
  );
  for (const [pattern, response] of Object.entries(integration.responses ?? {})) {
    const statusCode = String(response.statusCode);
    const parameters = Object.keys(response.responseParameters ?? {});
    await client.send(
      new PutMethodResponseCommand({
        ...method,
        statusCode,
        responseParameters: Object.fromEntries(parameters.map((name) => [name, false])),
      }),
    );
    await client.send(
      new PutIntegrationResponseCommand({
        ...method,
        statusCode,
        responseParameters: response.responseParameters,
        responseTemplates: response.responseTemplates,
        ...(pattern !== 'default' && { selectionPattern: pattern }),
      }),
    );
    counts['mock responses'] += 1;
  }
}

async function listResources(client: APIGatewayClient, restApiId: string): Promise<Resource[]> {
  const resources: Resource[] = [];
  let position: string | undefined;
  do {
    const page = await client.send(new GetResourcesCommand({ restApiId, limit: 500, position }));
    resources.push(...(page.items ?? []));
    position = page.position;
  } while (position !== undefined);
  return resources;
}
