/**
 * What CloudFormation makes of a template once its parameters are chosen: conditions are decided, and what they leave
 * out is gone. For tools that do not look behind an Fn::If.
 */
import { type Json, resourcesOf, type Template } from './template.ts';

type Fields = { [key: string]: Json };

/** The value of every parameter: its default, or what is given for it. */
function valuesOf(template: Template, given: Record<string, string>): Record<string, string> {
  const values = Object.entries(template.Parameters ?? {}).map(([name, { Default }]) => [
    name,
    String(Default ?? name),
  ]);
  const unknown = Object.keys(given).filter((name) => !(name in template.Parameters));
  if (unknown.length > 0) throw new Error(`the template has no parameter ${unknown.join(', ')}`);
  return { ...(Object.fromEntries(values) as Record<string, string>), ...given };
}

/**
 * Whether a condition function holds for these parameters. Rules of a template are made of the same functions.
 *
 * @throws Error for a function that it does not know
 */
export function holds(condition: Json, values: Record<string, string>, conditions: Fields = {}): boolean {
  const text = (value: Json) => {
    if (typeof value !== 'object' || value === null) return String(value);
    const name = (value as Fields).Ref;
    const found = typeof name === 'string' ? values[name] : undefined;
    if (found === undefined) throw new Error(`${JSON.stringify(value)} cannot be compared`);
    return found;
  };
  const {
    'Fn::Equals': pair,
    'Fn::Not': negated,
    'Fn::Or': either,
    'Fn::And': both,
    Condition: name,
  } = condition as Fields;
  if (Array.isArray(pair)) return text(pair[0] ?? '') === text(pair[1] ?? '');
  if (Array.isArray(negated)) return !holds(negated[0] ?? '', values, conditions);
  if (Array.isArray(either)) return either.some((each) => holds(each, values, conditions));
  if (Array.isArray(both)) return both.every((each) => holds(each, values, conditions));
  if (typeof name === 'string' && conditions[name] !== undefined) return holds(conditions[name], values, conditions);
  throw new Error(`${JSON.stringify(condition)} cannot be decided`);
}

/** A text of Fn::Sub in which the parameters that are given are filled in. */
const filledIn = (text: string, given: Record<string, string>) =>
  text.replaceAll(/\$\{([^}]+)\}/g, (placeholder, name) => given[name] ?? placeholder);

/** Stands for what AWS::NoValue takes out. */
const nothing = Symbol('nothing');

/**
 * A template, written or translated, as it is with these parameters. What is not given has its default for conditions,
 * and stays a reference elsewhere. A parameter that nothing refers to any more is left out.
 *
 * @throws Error when a parameter does not exist, or a condition uses a function that this does not know
 */
export function chosen(template: Template, given: Record<string, string> = {}): Template {
  const { Conditions = {}, ...rest } = template;
  const values = valuesOf(template, given);
  const isOut = (name: Json | undefined) => typeof name === 'string' && !holds({ Condition: name }, values, Conditions);

  const decided = (value: Json): Json | typeof nothing => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(decided).filter((item) => item !== nothing);
    if (value.Ref === 'AWS::NoValue') return nothing;
    if (typeof value.Ref === 'string' && given[value.Ref] !== undefined) return given[value.Ref] ?? null;
    if (typeof value['Fn::Sub'] === 'string') {
      const text = filledIn(value['Fn::Sub'], given);
      return /\$\{/.test(text) ? { 'Fn::Sub': text } : text;
    }
    const branches = value['Fn::If'];
    if (Array.isArray(branches)) {
      const [name = '', yes = null, no = null] = branches;
      return decided(isOut(name) ? no : yes);
    }
    // A nested template has conditions of its own.
    const kept = Object.entries(value).map(([key, item]) => [key, key === 'Nested' ? item : decided(item)] as const);
    return Object.fromEntries(kept.filter((entry): entry is [string, Json] => entry[1] !== nothing));
  };

  const parts = (of: Fields) =>
    Object.fromEntries(Object.entries(of).filter(([, part]) => !isOut((part as Fields).Condition)));
  const { Resources, Outputs = {}, Parameters, Rules: _, Metadata: __, ...others } = rest;
  const result = decided({
    ...(others as unknown as Fields),
    Resources: parts(Resources as unknown as Fields),
    Outputs: parts(Outputs as unknown as Fields),
  }) as unknown as Template;
  for (const one of [...Object.values(result.Resources), ...Object.values(result.Outputs)]) delete one.Condition;
  const text = JSON.stringify(result);
  const isUsed = ([name]: [string, unknown]) => text.includes(`{"Ref":"${name}"}`) || text.includes(`\${${name}}`);
  return { ...result, Parameters: Object.fromEntries(Object.entries(Parameters ?? {}).filter(isUsed)) };
}

/** What the linters look at: every template as it is by default, and with everything on that is off then. */
export const CHOICES = {
  'by default': {},
  'with everything on': {
    ApiAccessLogs: 'true',
    GradualDeployment: 'true',
    FirewallRequests: '2000',
    EncryptionKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555',
    VpcSubnetIds: 'subnet-0a1b2c3d,subnet-4e5f6a7b',
    VpcSecurityGroupIds: 'sg-0a1b2c3d,sg-4e5f6a7b',
    ReservedConcurrency: '50',
    Storefront: 'logged',
    PaymentProvider: 'stripe',
    OperatorEmail: 'operator@example.com',
    EmailIdentityArn: 'arn:aws:ses:eu-west-1:123456789012:identity/shop@example.com',
    SmsCountries: 'NO,US',
    EventArchiveDays: '30',
    ProtectData: 'true',
    AllowedOrigin: 'https://shop.example.com',
  },
} satisfies Record<string, Record<string, string>>;

/**
 * What the parameters of the template at the root mean for one of its templates: those that it just hands on. The others
 * are names and addresses, on which no condition depends.
 */
export function handedOn(root: Template, location: string, given: Record<string, string>): Record<string, string> {
  if (location === 'template.yaml') return given;
  const application = resourcesOf('AWS::Serverless::Application', root).find(
    ([, { Properties }]) => Properties.Location === location,
  );
  const values = valuesOf(root, given);
  const passed = Object.entries((application?.[1].Properties.Parameters ?? {}) as Fields);
  return Object.fromEntries(
    passed.flatMap(([name, value]) => {
      const from = values[String((value as Fields).Ref)];
      return from === undefined ? [] : [[name, from]];
    }),
  );
}
