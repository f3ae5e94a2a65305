/** Reads template.yaml, and what it includes and nests, as plain data, its short intrinsic forms written out. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CollectionTag, parse, type ScalarTag } from 'yaml';

/** npm runs every script in the root. `npm run docs:architecture` reads this as an ES module, which has no __dirname. */
export const root = process.cwd();

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export interface Resource {
  Type: string;
  Condition?: string;
  DeletionPolicy?: Json;
  UpdateReplacePolicy?: Json;
  Metadata?: Record<string, Json>;
  Properties: Record<string, Json>;
  /** The template that a nested application's Location names. */
  Nested?: Template;
}

export interface Template {
  Description: string;
  Parameters: Record<string, { Type: string; Default?: Json; Description?: string; [field: string]: Json | undefined }>;
  Metadata?: Record<string, Json>;
  Conditions?: Record<string, Json>;
  Rules: Record<string, { RuleCondition: Json; Assertions: { Assert: Json; AssertDescription: string }[] }>;
  Globals: { Function: Record<string, Json> };
  Resources: Record<string, Resource>;
  Outputs: Record<string, { Condition?: string; Description?: string; Value: Json }>;
}

/** `!Ref x` is `{ Ref: x }`, `!GetAtt a.b` is `{ 'Fn::GetAtt': ['a', 'b'] }`, any other `!F x` is `{ 'Fn::F': x }`. */
const names = ['And', 'Equals', 'FindInMap', 'If', 'Join', 'Not', 'Or', 'Select', 'Split', 'Sub', 'ImportValue'];

const intrinsics: (ScalarTag | CollectionTag)[] = [
  { tag: '!Ref', resolve: (text: string) => ({ Ref: text }) },
  { tag: '!Condition', resolve: (text: string) => ({ Condition: text }) },
  {
    tag: '!GetAtt',
    resolve: (text: string) => ({ 'Fn::GetAtt': [text.split('.')[0], text.split('.').slice(1).join('.')] }),
  },
  ...names.flatMap((name): (ScalarTag | CollectionTag)[] => [
    { tag: `!${name}`, resolve: (text: string) => ({ [`Fn::${name}`]: text }) },
    {
      tag: `!${name}`,
      collection: 'seq',
      resolve: (seq) => ({ [`Fn::${name}`]: (seq as { toJSON(): Json }).toJSON() }),
    },
    {
      tag: `!${name}`,
      collection: 'map',
      resolve: (map) => ({ [`Fn::${name}`]: (map as { toJSON(): Json }).toJSON() }),
    },
  ]),
];

/**
 * A template as data, with what it includes and nests. What an anchor shares is copied, so that a test changes it in
 * one place only.
 */
function readTemplate(path: string): Template {
  const read = readYaml(join(root, path)) as unknown as Template;
  for (const [, application] of resourcesOf('AWS::Serverless::Application', read)) {
    application.Nested = readTemplate(join(dirname(path), String(application.Properties.Location)));
  }
  return read;
}

function readYaml(path: string): Json {
  const shared = parse(readFileSync(path, 'utf8'), { customTags: intrinsics }) as Json;
  return included(JSON.parse(JSON.stringify(shared)) as Json, dirname(path));
}

/** Replaces each AWS::Include by the file that it names. */
function included(value: Json, folder: string): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => included(item, folder));
  const { 'Fn::Transform': transform, ...own } = value;
  const result = Object.fromEntries(Object.entries(own).map(([key, item]) => [key, included(item, folder)]));
  if (transform === undefined) return result;
  const { Name, Parameters } = transform as { Name: string; Parameters: { Location: string } };
  if (Name !== 'AWS::Include') throw new Error(`${Name} is a macro that this does not know`);
  return { ...result, ...(readYaml(join(folder, Parameters.Location)) as { [key: string]: Json }) };
}

export const template = readTemplate('template.yaml');

/** The resources of one type, by logical id. */
export function resourcesOf(type: string, from: Template = template): [id: string, resource: Resource][] {
  return Object.entries(from.Resources).filter(([, resource]) => resource.Type === type);
}

/**
 * A template and those nested in it as one template: where a nested one has a parameter, it has what is passed for it.
 *
 * @throws Error when a logical id is in two templates, because one name would stand for two things
 */
export function flatten(from: Template): Template {
  const Resources = { ...from.Resources };
  for (const [id, { Nested, Properties }] of resourcesOf('AWS::Serverless::Application', from)) {
    if (!Nested) continue;
    // A nested stack has a name of its own.
    const values = { ...(Properties.Parameters as { [key: string]: Json }), 'AWS::StackName': `the name of ${id}` };
    for (const [inner, resource] of Object.entries(flatten(Nested).Resources)) {
      if (Resources[inner]) throw new Error(`${inner} is in two templates`);
      Resources[inner] = filledIn(resource as unknown as Json, values) as unknown as Resource;
    }
  }
  return { ...from, Resources };
}

function filledIn(value: Json, values: { [parameter: string]: Json }): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => filledIn(item, values));
  if (typeof value.Ref === 'string') return values[value.Ref] ?? value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filledIn(item, values)]));
}

/** The logical id that a `!Ref`, `!Ref X.Alias`, `!GetAtt` or `!Sub ${X...}` points at. An alias points at what it is of. */
export function target(value: Json | undefined): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if (typeof value.Ref === 'string') return value.Ref.replace(/(\.Alias|Aliaslive)$/, '');
  const attribute = value['Fn::GetAtt'];
  if (Array.isArray(attribute)) return String(attribute[0]);
  const text = value['Fn::Sub'];
  return typeof text === 'string' ? text.match(/^\$\{([^}.]+)[^}]*\}/)?.[1] : undefined;
}

/** Every object inside a value, itself included, for rules that hold wherever something stands. */
export function* objectsIn(value: Json | undefined): Generator<{ [key: string]: Json }> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value;
  for (const inner of Object.values(value)) yield* objectsIn(inner);
}

/** A field that may be given as one thing or as a list of them. */
export const list = (value: Json | undefined): Json[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
