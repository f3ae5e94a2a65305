/** docs/openapi.yaml as the tests use it: its routes, and the form of each answer. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type Fields = { [key: string]: Json };

interface Response {
  headers?: Record<string, { required?: boolean; schema: Json } | { $ref: string }>;
  content?: Record<string, { schema: Json }>;
}

interface Operation {
  operationId: string;
  security?: Record<string, string[]>[];
  requestBody?: { content: Record<string, { schema: { $ref: string }; example?: Json }> };
  responses: Record<string, Response | { $ref: string }>;
}

interface Document {
  security: Record<string, string[]>[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Fields>; responses: Record<string, Response> };
}

export const documentText = readFileSync('docs/openapi.yaml', 'utf8');
export const document = parse(documentText) as Document;

export interface Route {
  /** In capitals. */
  method: string;
  /** As the document writes it, such as `/orders/{orderId}`. */
  path: string;
  operation: Operation;
}

export const routes: readonly Route[] = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.entries(operations).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);

/** The route that a request takes: a path that is written out is more exact than one with a parameter. */
export function routeOf(method: string, url: string): Route | undefined {
  const path = url.replace(/[?#].*$/s, '');
  const fitting = routes.filter((route) => route.method === method && patternOf(route.path).test(path));
  return fitting.find((route) => !route.path.includes('{')) ?? fitting[0];
}

const patternOf = (path: string) => new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`);

const ID = 'openapi.yaml';
// Types are left to the schemas: `const` and `enum` say enough without one.
const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
addFormats(ajv);
// The document is read as a schema whose own members say nothing, so that references lead from one part to another.
ajv.addVocabulary(Object.keys(document));
ajv.addSchema(document as unknown as Fields, ID, false, false);

export interface AnswerParts {
  status: number;
  headers: Headers;
  text: string;
}

/**
 * Compares an answer with the document: route, status, content type, headers and body.
 *
 * @param url what was asked for, below the API's address. A path that the document does not have has to be answered
 * as the gateway answers it: 404.
 * @throws Error that says where the answer leaves the document
 */
export function checkAnswer(method: string, url: string, answer: AnswerParts): void {
  const wrong = differences(method, url, answer);
  if (wrong.length > 0) {
    const what = `${method} ${url.slice(0, 200)} was answered with ${answer.status} ${answer.text.slice(0, 500)}`;
    throw new Error(`${what}\noutside of docs/openapi.yaml: ${wrong.join('; ')}`);
  }
}

function differences(method: string, url: string, { status, headers, text }: AnswerParts): string[] {
  const route = routeOf(method, url);
  if (!route && status !== 404) return ['there is no such route, so that the status had to be 404'];
  const found = route ? at(['paths', route.path, method.toLowerCase(), 'responses', String(status)]) : NOT_A_ROUTE;
  if (!found) return [`the route does not have the status ${status}`];

  const wrong: string[] = [];
  for (const [name, header] of Object.entries(found.response.headers ?? {})) {
    const { pointer, value } = follow(header as Fields, `${found.pointer}/headers/${step(name)}`);
    const sent = headers.get(name);
    if (sent !== null) wrong.push(...violations(`${pointer}/schema`, sent).map((error) => `header ${name} ${error}`));
    else if (value.required === true) wrong.push(`header ${name} is missing`);
  }
  const type = headers.get('content-type')?.replace(/\s*;.*$/, '') ?? 'none';
  if (!found.response.content?.[type]) return [...wrong, `the content type is ${type}`];
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return [...wrong, 'the body is not JSON'];
  }
  return [...wrong, ...violations(`${found.pointer}/content/${step(type)}/schema`, body)];
}

const NOT_A_ROUTE = {
  pointer: '/components/responses/NotFound',
  response: document.components.responses.NotFound as Response,
};

/** The response object that stands at a place of the document, and where it really is. */
function at(place: readonly string[]): { pointer: string; response: Response } | undefined {
  let value: Json | undefined = document as unknown as Json;
  for (const name of place) value = (value as Fields | undefined)?.[name];
  if (value === undefined) return undefined;
  const { pointer, value: response } = follow(value as Fields, `/${place.map(step).join('/')}`);
  return { pointer, response: response as unknown as Response };
}

function follow(value: Fields, pointer: string): { pointer: string; value: Fields } {
  if (typeof value.$ref !== 'string') return { pointer, value };
  const place = value.$ref.replace(/^#\//, '').split('/');
  let target: Json | undefined = document as unknown as Json;
  for (const name of place) target = (target as Fields | undefined)?.[name];
  if (target === undefined) throw new Error(`${value.$ref} does not exist`);
  return { pointer: value.$ref.slice(1), value: target as Fields };
}

function violations(pointer: string, value: unknown): string[] {
  const validate = ajv.getSchema(`${ID}#${pointer}`);
  if (!validate) throw new Error(`no schema at ${pointer}`);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? 'is wrong'}`);
}

/** One step of a JSON pointer in the fragment of a URI. */
function step(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}
