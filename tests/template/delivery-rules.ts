/**
 * What a deployment that can be taken back needs: everything that invokes names an alias, and every change makes a
 * version. Pure, as template-rules.ts is.
 */
import type { Finding } from './asl.ts';
import { flatten, type Json, list, objectsIn, type Resource, resourcesOf, type Template } from './template.ts';

/** The one alias, of every function and of every state machine. */
export const ALIAS = 'live';

/** The definitions of the state machines, by logical id. */
export type Definitions = Readonly<Record<string, Json>>;

/** The longest description of a version that Lambda takes. */
const MAX_DESCRIPTION = 256;

/** What is no part of a version, because it belongs to the function as a whole or to what invokes it. */
const NOT_IN_VERSION = ['ReservedConcurrentExecutions', 'DeploymentPreference', 'Events', 'VersionDescription'];

/** Everything that would make a deployment leave the old code at work, or hit what cannot be taken back. */
export function inspectDelivery(template: Template, definitions: Definitions): Finding[] {
  const whole = flatten(template);
  return [
    ...checkAliases(whole),
    ...checkVersions(whole),
    ...checkReferences(whole),
    ...checkStarts(whole),
    ...checkTasks(whole, definitions),
  ];
}

const functionsOf = (template: Template) => resourcesOf('AWS::Serverless::Function', template);
const machinesOf = (template: Template) => resourcesOf('AWS::Serverless::StateMachine', template);

function checkAliases(template: Template): Finding[] {
  const inherited = template.Globals.Function.AutoPublishAlias;
  return [...functionsOf(template), ...machinesOf(template)]
    .filter(([, { Type, Properties }]) => {
      const own = Properties.AutoPublishAlias;
      return (Type === 'AWS::Serverless::Function' ? (own ?? inherited) : own) !== ALIAS;
    })
    .map(([state]) => ({ rule: 'alias', state, message: `has no alias ${ALIAS}` }));
}

/**
 * A version is made when the text of the function's block changes, and when the description of the version does. SAM
 * looks at no parameter, so that the description has to have each one that the function's configuration depends on. It
 * may have no other: Lambda makes no version of a function that did not change, and the deployment would fail.
 */
function checkVersions(template: Template): Finding[] {
  return functionsOf(template).flatMap(([state, { Properties }]) => {
    const report = (message: string): Finding => ({ rule: 'version', state, message });
    const configuration = Object.entries({ ...template.Globals.Function, ...Properties })
      .filter(([name]) => !NOT_IN_VERSION.includes(name))
      .map(([, value]) => value)
      .concat(template.Globals.Function.Environment ?? null);
    const needed = parametersIn(configuration, template);
    const described = parametersIn(Properties.VersionDescription ?? null, template);
    const longest = [...described].reduce((sum, name) => sum + 1 + longestValue(name, template), -1);
    return [
      ...(Properties.AutoPublishAliasAllProperties === true ? [] : [report('makes no version when its block changes')]),
      ...[...needed]
        .filter((name) => !described.has(name))
        .map((name) => report(`a new ${name} does not reach ${ALIAS}`)),
      ...[...described].filter((name) => !needed.has(name)).map((name) => report(`does not depend on ${name}`)),
      ...(longest > MAX_DESCRIPTION ? [report(`may describe its version in ${longest} letters`)] : []),
    ];
  });
}

/** The parameters that a value depends on, by its conditions too. */
function parametersIn(value: Json, template: Template): Set<string> {
  const found = new Set<string>();
  for (const object of objectsIn(value)) {
    const names = [
      object.Ref,
      ...[...JSON.stringify(object['Fn::Sub'] ?? '').matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name),
    ];
    for (const name of names) if (typeof name === 'string' && template.Parameters[name]) found.add(name);
    const [condition] = list(object['Fn::If']);
    const conditions = (template as { Conditions?: Record<string, Json> }).Conditions ?? {};
    if (typeof condition === 'string') {
      for (const name of parametersIn(conditions[condition] ?? null, template)) found.add(name);
    }
  }
  return found;
}

/** How many letters a value of a parameter may have. Numbers, and the two caps, are short. */
function longestValue(name: string, template: Template): number {
  const { AllowedValues, MaxLength, Type } = template.Parameters[name] ?? { Type: 'String' };
  if (Array.isArray(AllowedValues)) return Math.max(...AllowedValues.map((value) => String(value).length));
  if (typeof MaxLength === 'number') return MaxLength;
  return Type === 'Number' || Type === 'CommaDelimitedList' ? 10 : Number.POSITIVE_INFINITY;
}

/** A function or state machine that a value names, and whether it names the alias. */
interface Reference {
  id: string;
  isAlias: boolean;
  path: readonly string[];
}

function* referencesIn(value: Json, ids: ReadonlySet<string>, path: readonly string[] = []): Generator<Reference> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) {
    const { Ref: name, 'Fn::GetAtt': attribute, 'Fn::Sub': text } = value;
    const id = typeof name === 'string' ? name.replace(/(\.Alias|Aliaslive)$/, '') : '';
    if (ids.has(id)) yield { id, isAlias: name !== id, path };
    const [of, what] = list(attribute);
    if (typeof of === 'string' && ids.has(of) && what === 'Arn') yield { id: of, isAlias: false, path };
    const sub = typeof text === 'string' ? text : '';
    for (const [, of = '', what] of sub.matchAll(/\$\{(\w+)(?:\.(\w+))?\}/g)) {
      if (ids.has(of) && what !== 'Name') yield { id: of, isAlias: sub.endsWith(`:${ALIAS}`), path };
    }
  }
  for (const [key, inner] of Object.entries(value)) yield* referencesIn(inner, ids, [...path, key]);
}

/** Where a function or a state machine has to be named itself, because AWS knows no alias there, or means all versions. */
function isOfAllVersions(resource: Resource, { path }: Reference): boolean {
  const at = path.join('.');
  switch (resource.Type) {
    case 'AWS::CloudWatch::Alarm':
    case 'AWS::CloudWatch::Dashboard':
      return true;
    // What a nested application is passed was filled in there.
    case 'AWS::Serverless::Application':
      return at.startsWith('Parameters.');
    case 'AWS::Lambda::EventInvokeConfig':
      return at === 'FunctionName' && resource.Properties.Qualifier === ALIAS;
    // The events of an execution name its state machine, whatever it was started through.
    case 'AWS::Events::Rule':
      return at.startsWith('EventPattern.detail.stateMachineArn');
    default:
      return false;
  }
}

function checkReferences(template: Template): Finding[] {
  const functions = new Set(functionsOf(template).map(([id]) => id));
  const machines = new Set(machinesOf(template).map(([id]) => id));
  return Object.entries(template.Resources).flatMap(([state, resource]) => {
    const { Type, Properties } = resource;
    const bypasses = [...referencesIn(Properties, new Set([...functions, ...machines]))].filter((reference) => {
      if (reference.isAlias || isOfAllVersions(resource, reference)) return false;
      if (/^AWS::IAM::/.test(Type)) return functions.has(reference.id) && !movesAliases(resource);
      return !(
        machines.has(reference.id) &&
        Type === 'AWS::Serverless::Function' &&
        !startsExecutions(resource, template)
      );
    });
    return bypasses.map(({ id, path }) => ({
      rule: 'bypass',
      state,
      message: `${path.join('.')} names ${id} and not its alias ${ALIAS}`,
    }));
  });
}

/** Whether a role is CodeDeploy's, whose business are aliases. */
const movesAliases = ({ Properties }: Resource) =>
  [...objectsIn(Properties)].some(({ Action }) => list(Action).includes('lambda:UpdateAlias'));

const isStart = (action: Json) => /^states:Start/.test(String(action));

function startsExecutions({ Properties }: Resource, template: Template): boolean {
  const [role] = list((Properties.Role as { 'Fn::GetAtt'?: Json } | undefined)?.['Fn::GetAtt']);
  const statements = [...objectsIn(template.Resources[String(role)]?.Properties ?? {})];
  return statements.some(({ Action }) => list(Action).some(isStart));
}

/** A right to start is on the state machine, with the alias as its condition. On the alias itself it gives nothing. */
function checkStarts(template: Template): Finding[] {
  const machines = new Set(machinesOf(template).map(([id]) => id));
  const wanted = JSON.stringify({ StringEquals: { 'states:StateMachineQualifier': ALIAS } });
  return Object.entries(template.Resources)
    .filter(([, { Type }]) => /^AWS::IAM::/.test(Type))
    .flatMap(([state, { Properties }]) =>
      [...objectsIn(Properties)].flatMap(({ Sid, Action, Resource, Condition }) => {
        const report = (message: string): Finding => ({ rule: 'start', state, message: `${Sid}: ${message}` });
        const onAlias = [...referencesIn(Resource ?? null, machines)].filter(({ isAlias }) => isAlias);
        const isOpen = list(Action).some(isStart) && JSON.stringify(Condition) !== wanted;
        return [
          ...onAlias.map(({ id }) => report(`a right on the alias of ${id} gives none`)),
          ...(isOpen ? [report(`may start past the alias ${ALIAS}`)] : []),
        ];
      }),
    );
}

/** A Task names what it calls by a substitution. Those are checked as references; a text of its own bypasses them. */
function checkTasks(template: Template, definitions: Definitions): Finding[] {
  return machinesOf(template).flatMap(([state, { Properties }]) => {
    const substitutions = Object.keys(
      (Properties.DefinitionSubstitutions as { [key: string]: Json } | undefined) ?? {},
    );
    return [...objectsIn(definitions[state] ?? null)]
      .filter(({ Type }) => Type === 'Task')
      .flatMap((task) => {
        const called = [...objectsIn(task.Arguments ?? null)].flatMap(({ FunctionName, StateMachineArn }) => [
          FunctionName,
          StateMachineArn,
        ]);
        const direct = /^arn:aws:states:::/.test(String(task.Resource)) ? [] : [task.Resource];
        return [...called, ...direct]
          .filter((name) => name !== undefined)
          .filter((name) => !substitutions.some((substitution) => name === `\${${substitution}}`))
          .map((name) => ({ rule: 'task', state, message: `calls ${JSON.stringify(name)}, which is no substitution` }));
      });
  });
}
