import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { LOG_CODES } from '../../functions/shared/runtime/log-codes.ts';
import { LOG_FIELDS } from '../../functions/shared/runtime/log-fields.ts';

/** What Powertools writes into every line of ours, as log-formatter.ts names it. */
const OF_POWERTOOLS = [
  'level',
  'message',
  'timestamp',
  'service',
  'cold_start',
  'function_arn',
  'function_memory_size',
  'function_name',
  'function_request_id',
  'sampling_rate',
  'xray_trace_id',
];
/** What Logs Insights finds in every line, and in Lambda's REPORT. */
const OF_INSIGHTS = ['@timestamp', '@message', '@log', '@logStream', '@requestId', '@type'];
const OF_REPORT = ['@duration', '@billedDuration', '@initDuration', '@maxMemoryUsed', '@memorySize'];
/** What log-formatter.ts leaves of an error. */
const OF_ERRORS = ['name', 'location', 'message', 'stack', 'code', 'cause'].map((field) => `error.${field}`);

/** The words of the query language that these queries use. Any other word is a field. */
const WORDS =
  /^(fields|filter|stats|sort|display|limit|by|as|and|or|not|in|like|asc|desc|count|count_distinct|sum|avg|max|min|pct|latest|ispresent)$/;

interface Query {
  text: string;
  /** The fields of the lines that it reads. */
  fields: readonly string[];
}

/** What of a query is not in its lines: fields, and texts in capitals that are no code, status or level. */
function unknownIn({ text, fields }: Query): string[] {
  const code = text.replaceAll(/^\s*#.*$/gm, '');
  const texts = [...code.matchAll(/message = "([^"]*)"/g)].map(([, message = '']) => message);
  const words = code.replaceAll(/"[^"]*"/g, '').match(/@?[A-Za-z_][\w.]*/g) ?? [];
  const aliases = [...code.matchAll(/\bas (\w+)/g)].map(([, alias = '']) => alias);
  const unknown = words.filter((word) => ![...fields, ...aliases].includes(word) && !WORDS.test(word));
  return [...new Set([...unknown, ...texts.filter((message) => !Object.hasOwn(LOG_CODES, message))])];
}

const FUNCTION_FIELDS = [...LOG_FIELDS, ...OF_POWERTOOLS, ...OF_INSIGHTS, ...OF_REPORT, ...OF_ERRORS];

/** The members of the JSON that the stage of the API logs. */
function accessLogFields(): string[] {
  const template = readFileSync('template.yaml', 'utf8');
  const [, format = ''] = /Format: >-\n((?: {12}.*\n)+)/.exec(template) ?? [];
  return Object.keys(JSON.parse(format.replaceAll(/\s*\n\s*/g, ' ')) as object);
}

/** The saved queries by logical id. */
function savedQueries(): [string, Query][] {
  const { Resources } = parse(readFileSync('stacks/queries/template.yaml', 'utf8'), { logLevel: 'error' }) as {
    Resources: Record<string, { Properties: { QueryString: string; LogGroupNames: unknown } }>;
  };
  return Object.entries(Resources).map(([id, { Properties }]) => [
    id,
    {
      text: Properties.QueryString,
      fields: JSON.stringify(Properties.LogGroupNames).includes('ApiAccessLogGroup')
        ? [...accessLogFields(), ...OF_INSIGHTS]
        : FUNCTION_FIELDS,
    },
  ]);
}

test('there is a query for each question that operators ask', () => {
  expect(savedQueries().map(([id]) => id)).toEqual([
    'FailedOrdersByReason',
    'StoryOfOneOrder',
    'SlowestFunctions',
    'ColdStarts',
    'WhoDidWhat',
    'ErrorsByCode',
    'SlowAndFailedRequests',
  ]);
});

test.each(savedQueries())('every field and every code of %s is logged', (_id, query) => {
  expect(unknownIn(query)).toEqual([]);
});

test.each([
  ['a field that nothing logs', 'filter orderId = "x" | stats count(*) as n by warehouse', ['warehouse']],
  ['a field that is hidden, as it is personal', 'fields @timestamp, customerName, email', ['customerName', 'email']],
  ['a field of an error that is not kept', 'display error.address', ['error.address']],
  ['a code that nothing logs', 'filter message = "ORDER_EATEN"', ['ORDER_EATEN']],
  ['a field of the access log, where functions log', 'stats max(integrationLatency)', ['integrationLatency']],
])('the search finds %s', (_what, text, found) => {
  expect(unknownIn({ text, fields: FUNCTION_FIELDS })).toEqual(found);
});

test('the access log names routes, and neither paths, addresses, agents nor customers', () => {
  const template = readFileSync('template.yaml', 'utf8');
  const [format = ''] = /Format: >-\n((?: {12}.*\n)+)/.exec(template) ?? [];
  const variables = format.match(/\$context\.[\w.]+/g) ?? [];
  expect(variables.length).toBe(accessLogFields().length);
  expect(variables.filter((name) => /identity|authorizer|\.path$|requestOverride|domain/.test(name))).toEqual([]);
});
