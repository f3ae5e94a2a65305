/**
 * Reads a state machine and reports what would only fail while it runs. Pure: the definition and what is known about
 * its surroundings go in, findings come out, so that every rule can be shown to fail on a changed copy.
 *
 * asl-validator and cfn-lint look at the shape of the document; this looks at what the document means: which way
 * leads where with which variables, how long it can take, and whose errors it names.
 */
import jsonata from 'jsonata';
import { parseDefinition } from '../support/workflow-definition.ts';

export interface StateMachine {
  Comment?: string;
  QueryLanguage?: string;
  StartAt: string;
  TimeoutSeconds?: number;
  States: Record<string, State>;
}

export interface State {
  Type: string;
  Comment?: string;
  Resource?: string;
  Arguments?: unknown;
  Assign?: Record<string, unknown>;
  Output?: unknown;
  Next?: string;
  End?: boolean;
  Default?: string;
  Error?: string;
  Seconds?: unknown;
  TimeoutSeconds?: unknown;
  HeartbeatSeconds?: unknown;
  MaxConcurrency?: number;
  Choices?: Branch[];
  Retry?: Retrier[];
  Catch?: Branch[];
  ItemProcessor?: StateMachine;
  Branches?: StateMachine[];
  [field: string]: unknown;
}

/** One choice rule or one catcher: both go somewhere and may assign on the way. */
export interface Branch {
  Next: string;
  ErrorEquals?: string[];
  Assign?: Record<string, unknown>;
  [field: string]: unknown;
}

export interface Retrier {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  MaxAttempts?: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: string;
}

/** What a definition cannot say about itself. */
export interface Surroundings {
  /** The names in the template's DefinitionSubstitutions. */
  substitutions: readonly string[];
  /** For each substitution that is a function's ARN: the function and its Timeout in seconds. */
  functions: Readonly<Record<string, { name: string; timeout: number }>>;
  /** The error classes that each function can throw, by their literal name. */
  throws: Readonly<Record<string, readonly string[]>>;
  /** Errors that a function throws and no state names (`Error` or `Function.Error`), and why States.ALL is right. */
  leftToCatchAll: Readonly<Record<string, string>>;
  /** Names that a Fail state may end with although no code throws them, with the reason. */
  endNames: Readonly<Record<string, string>>;
  /** Tasks without a last Catch of States.ALL, with the reason. */
  withoutCatchAll: Readonly<Record<string, string>>;
  /** How many items a Map gets at most. */
  mapItems: number;
}

export interface Finding {
  rule: string;
  state: string;
  message: string;
}

/** Everything wrong with a definition, by every rule of this file. */
export function inspect(source: string, around: Surroundings): Finding[] {
  const machine = parseDefinition<StateMachine>(source);
  return [
    ...checkLanguage(machine),
    ...checkGraph(machine),
    ...checkComments(machine),
    ...checkTaskTimeouts(machine, around),
    ...checkRetries(machine),
    ...checkThrottles(machine),
    ...checkCatches(machine, around),
    ...checkErrorNames(machine, around),
    ...checkOwners(machine, around),
    ...checkExpressions(machine),
    ...checkVariables(machine),
    ...checkPlaceholders(source, around),
    ...checkDuration(machine, around),
  ];
}

/**
 * The rules that a definition can be held to without its surroundings: its ways, its expressions and its variables, and
 * its placeholders when the substitutions are known. `npm start` asks them before it deploys.
 */
export function inspectWays(source: string, substitutions?: readonly string[]): Finding[] {
  const machine = parseDefinition<StateMachine>(source);
  const around = { substitutions: substitutions ?? [] };
  return [
    ...checkGraph(machine),
    ...checkExpressions(machine),
    ...checkVariables(machine),
    ...(substitutions ? checkPlaceholders(source, around) : []),
  ];
}

/* ---------------------------------------------------------------- the graph */

interface Edge {
  to: string;
  via: 'next' | 'choice' | 'default' | 'catch';
  assigns: string[];
}

/** The ways out of one state. A failed state's own Assign does not run, so a catch edge carries only its own. */
export function edgesOf(state: State): Edge[] {
  const assigns = Object.keys(state.Assign ?? {});
  const edges: Edge[] = [];
  if (state.Next !== undefined) edges.push({ to: state.Next, via: 'next', assigns });
  for (const rule of state.Choices ?? []) {
    edges.push({ to: rule.Next, via: 'choice', assigns: Object.keys(rule.Assign ?? {}) });
  }
  if (state.Default !== undefined) edges.push({ to: state.Default, via: 'default', assigns });
  for (const catcher of state.Catch ?? []) {
    edges.push({ to: catcher.Next, via: 'catch', assigns: Object.keys(catcher.Assign ?? {}) });
  }
  return edges;
}

/** A machine and the machines inside its Map and Parallel states, each with the state that holds it. */
function* scopes(machine: StateMachine): Generator<StateMachine> {
  yield machine;
  for (const state of Object.values(machine.States)) {
    for (const inner of innerMachines(state)) yield* scopes(inner);
  }
}

const innerMachines = (state: State) => [
  ...(state.ItemProcessor ? [state.ItemProcessor] : []),
  ...(state.Branches ?? []),
];

/** Every state by its name, those inside Map and Parallel included. */
export function* statesOf(machine: StateMachine): Generator<[name: string, state: State]> {
  for (const scope of scopes(machine)) yield* Object.entries(scope.States);
}

/** The states that are entered when nothing fails, from StartAt on; it ends at the first Choice, which it includes. */
export function happyPath(machine: StateMachine): string[] {
  const path: string[] = [];
  for (let name: string | undefined = machine.StartAt; name !== undefined && !path.includes(name); ) {
    path.push(name);
    name = machine.States[name]?.Next;
  }
  return path;
}

function checkGraph(machine: StateMachine): Finding[] {
  const findings: Finding[] = [];
  for (const scope of scopes(machine)) {
    const reached = new Set<string>();
    const visit = (name: string, from: string) => {
      const state = scope.States[name];
      if (!state) {
        findings.push({ rule: 'unknown-next', state: from, message: `${name} does not exist` });
      } else if (!reached.has(name)) {
        reached.add(name);
        for (const edge of edgesOf(state)) visit(edge.to, name);
      }
    };
    visit(scope.StartAt, 'StartAt');
    for (const [name, state] of Object.entries(scope.States)) {
      if (!reached.has(name)) findings.push({ rule: 'unreachable', state: name, message: 'no way leads here' });
      const ends = state.End === true || state.Type === 'Succeed' || state.Type === 'Fail';
      if (!ends && state.Next === undefined && state.Type !== 'Choice') {
        findings.push({ rule: 'dead-end', state: name, message: 'has neither Next nor End' });
      }
      if (ends && state.Next !== undefined) {
        findings.push({ rule: 'dead-end', state: name, message: 'both ends and goes on' });
      }
      if (state.Type === 'Choice' && state.Default === undefined) {
        findings.push({
          rule: 'dead-end',
          state: name,
          message: 'a Choice without Default fails where no rule matches',
        });
      }
    }
  }
  return findings;
}

/* ---------------------------------------------------------------- comments */

const SHORTEST_COMMENT = 40;
const FEWEST_WORDS = 8;

function checkComments(machine: StateMachine): Finding[] {
  const findings: Finding[] = [];
  const seen = new Map<string, string>();
  const commented: [string, string | undefined][] = [
    ['(machine)', machine.Comment],
    ...[...statesOf(machine)].map(([name, state]): [string, string | undefined] => [name, state.Comment]),
  ];
  for (const [state, comment = ''] of commented) {
    const report = (message: string) => findings.push({ rule: 'comment', state, message });
    if (comment === '') report('has no Comment');
    else if (comment.length < SHORTEST_COMMENT || comment.split(/\s+/).length < FEWEST_WORDS) {
      report(`is too short to hold a reason: "${comment}"`);
    } else if (!/^[A-Z].*[.)]$/s.test(comment)) report(`is not a sentence: "${comment}"`);
    const twin = comment === '' ? undefined : seen.get(comment);
    if (twin !== undefined) report(`says the same as ${twin}`);
    seen.set(comment, state);
  }
  return findings;
}

/* ---------------------------------------------------------------- tasks: timeouts, retries, catches */

function* tasksOf(machine: StateMachine): Generator<[name: string, task: State]> {
  for (const [name, state] of statesOf(machine)) if (state.Type === 'Task') yield [name, state];
}

/** The substitution that names the function a Task invokes, by its ARN or by `lambda:invoke`. */
function functionPlaceholder(task: State): string | undefined {
  const invoked = task.Resource?.startsWith('arn:aws:states:::lambda:invoke')
    ? (task.Arguments as { FunctionName?: string } | undefined)?.FunctionName
    : task.Resource;
  return invoked?.match(/^\$\{(\w+)\}$/)?.[1];
}

/** The function that a Task invokes, or undefined when it calls a service itself. */
export function functionOf(task: State, around: Surroundings) {
  const placeholder = functionPlaceholder(task);
  return placeholder === undefined ? undefined : around.functions[placeholder];
}

function checkTaskTimeouts(machine: StateMachine, around: Surroundings): Finding[] {
  const findings: Finding[] = [];
  for (const [state, task] of tasksOf(machine)) {
    const called = functionOf(task, around);
    if (typeof task.TimeoutSeconds !== 'number') {
      findings.push({ rule: 'timeout', state, message: 'has no TimeoutSeconds, and a Task has none by itself' });
    } else if (called && task.TimeoutSeconds < called.timeout) {
      findings.push({
        rule: 'timeout',
        state,
        message: `gives up after ${task.TimeoutSeconds} s while ${called.name} may go on for ${called.timeout} s`,
      });
    }
    if (functionPlaceholder(task) !== undefined && !called) {
      findings.push({ rule: 'timeout', state, message: 'invokes something whose Timeout is not known' });
    }
  }
  return findings;
}

/** What the Lambda service answers when the call never reached the function, or may not have. */
const LAMBDA_TRANSIENTS = [
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
];

const MOST_ATTEMPTS = 50;

/** How long a Task has to put up with throttling: a new account's concurrency of 10 must only slow orders down. */
const THROTTLED_SECONDS = 600;

/** What a service answers when it is called too often. The retrier of these names stands first and has no other names. */
function throttlesOf(task: State): readonly string[] {
  if (functionPlaceholder(task) !== undefined) return LAMBDA_TRANSIENTS;
  const names = [
    'ProvisionedThroughputExceededException',
    'ThrottlingException',
    'RequestLimitExceeded',
    'RequestLimitExceededException',
  ];
  if (task.Resource?.startsWith('arn:aws:states:::dynamodb:')) return names.map((name) => `DynamoDB.${name}`);
  if (task.Resource?.startsWith('arn:aws:states:::aws-sdk:dynamodb:')) return names.map((name) => `DynamoDb.${name}`);
  return [];
}

function checkThrottles(machine: StateMachine): Finding[] {
  const findings: Finding[] = [];
  for (const [state, task] of tasksOf(machine)) {
    const report = (message: string) => findings.push({ rule: 'throttle', state, message });
    const names = throttlesOf(task);
    if (names.length === 0) continue;
    const [first] = task.Retry ?? [];
    if (first?.ErrorEquals.toSorted().join() !== names.toSorted().join())
      report(`its first retrier is not one of its own for ${names}`);
    else if (longestWaits(first) < THROTTLED_SECONDS) report(`gives up after ${longestWaits(first)} s of throttling`);
  }
  return findings;
}

function checkRetries(machine: StateMachine): Finding[] {
  const findings: Finding[] = [];
  for (const [state, task] of tasksOf(machine)) {
    const report = (message: string) => findings.push({ rule: 'retry', state, message });
    const retriers = task.Retry ?? [];
    if (retriers.length === 0) report('has no Retry');
    for (const retrier of retriers) {
      const names = retrier.ErrorEquals.join(', ');
      if (retrier.MaxAttempts !== 0 && retrier.JitterStrategy !== 'FULL') {
        report(`${names}: JitterStrategy is ${retrier.JitterStrategy}, not FULL`);
      }
      if (typeof retrier.MaxAttempts !== 'number' || retrier.MaxAttempts > MOST_ATTEMPTS) {
        report(`${names}: MaxAttempts is not a number up to ${MOST_ATTEMPTS}`);
      }
      if (retrier.MaxAttempts !== 0 && (retrier.IntervalSeconds === undefined || !((retrier.BackoffRate ?? 0) > 1))) {
        report(`${names}: IntervalSeconds or a BackoffRate over 1 is missing`);
      }
    }
    const retried = new Set(retriers.filter((r) => r.MaxAttempts !== 0).flatMap((r) => r.ErrorEquals));
    if (functionPlaceholder(task) !== undefined && !retried.has('States.ALL') && !retried.has('States.TaskFailed')) {
      for (const name of LAMBDA_TRANSIENTS.filter((transient) => !retried.has(transient))) {
        report(`${name} is transient and not retried`);
      }
    }
    findings.push(
      ...checkOrder(
        'retry',
        state,
        retriers.map((retrier) => retrier.ErrorEquals),
      ),
    );
  }
  return findings;
}

/** A name is matched by the first entry that has it, and States.ALL must stand alone and last. */
function checkOrder(rule: string, state: string, lists: readonly (readonly string[])[]): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  lists.forEach((names, index) => {
    if (names.includes('States.ALL') && (names.length > 1 || index !== lists.length - 1)) {
      findings.push({ rule, state, message: 'States.ALL does not stand alone in the last entry' });
    }
    for (const name of names) {
      if (seen.has(name)) findings.push({ rule, state, message: `${name} is named twice, and only the first counts` });
      seen.add(name);
    }
  });
  return findings;
}

function checkCatches(machine: StateMachine, around: Surroundings): Finding[] {
  const findings: Finding[] = [];
  for (const [state, task] of tasksOf(machine)) {
    const lists = (task.Catch ?? []).map((catcher) => catcher.ErrorEquals ?? []);
    findings.push(...checkOrder('catch', state, lists));
    const all = lists.at(-1)?.includes('States.ALL') === true;
    const excused = around.withoutCatchAll[state] !== undefined;
    if (!all && !excused) {
      findings.push({ rule: 'catch', state, message: 'has no last Catch of States.ALL' });
    }
    if (all && excused) findings.push({ rule: 'catch', state, message: 'is excused from States.ALL and has it' });
  }
  return findings;
}

/* ---------------------------------------------------------------- error names */

/** Names of the States Language that a Retry or Catch may hold. */
const STATES_ERRORS = new Set([
  'States.ALL',
  'States.TaskFailed',
  'States.Timeout',
  'States.HeartbeatTimeout',
  'States.Permissions',
  'States.Http.Socket',
  'States.ItemReaderFailed',
  'States.ResultWriterFailed',
  'States.ExceedToleratedFailureThreshold',
  'States.QueryEvaluationError',
  'States.DataLimitExceeded',
]);

/** What the Lambda integration and the Lambda sandbox can answer. */
const LAMBDA_ERRORS = new Set([
  ...LAMBDA_TRANSIENTS,
  'Lambda.Unknown',
  'Lambda.ResourceNotReadyException',
  'Lambda.EC2ThrottledException',
  'Sandbox.Timedout',
  'Runtime.ExitError',
]);

const DYNAMODB_ERRORS = [
  'ConditionalCheckFailedException',
  'TransactionCanceledException',
  'TransactionConflictException',
  'TransactionInProgressException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestLimitExceededException',
  'ThrottlingException',
  'InternalServerError',
  'InternalServerErrorException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'SdkClientException',
  'AmazonDynamoDBException',
  'DynamoDbException',
  'ItemCollectionSizeLimitExceededException',
  'ReplicatedWriteConflictException',
];

const STEP_FUNCTIONS_ERRORS = [
  'ExecutionAlreadyExistsException',
  'ExecutionLimitExceededException',
  'InvalidNameException',
  'InvalidArnException',
  'InvalidExecutionInputException',
  'StateMachineDoesNotExistException',
  'StateMachineDeletingException',
  'AWSStepFunctionsException',
  'SdkClientException',
  'ThrottlingException',
  'ServiceException',
  'InternalFailure',
];

/**
 * Which names a call can fail with, by the beginning of its Resource. An optimised integration and the SDK
 * integration of the same service spell their prefix differently, and a wrong one is never matched.
 */
const SERVICE_ERRORS: readonly { resource: string; names: readonly string[] }[] = [
  { resource: 'arn:aws:states:::dynamodb:', names: DYNAMODB_ERRORS.map((name) => `DynamoDB.${name}`) },
  { resource: 'arn:aws:states:::aws-sdk:dynamodb:', names: DYNAMODB_ERRORS.map((name) => `DynamoDb.${name}`) },
  { resource: 'arn:aws:states:::aws-sdk:sfn:', names: STEP_FUNCTIONS_ERRORS.map((name) => `Sfn.${name}`) },
  {
    resource: 'arn:aws:states:::states:startExecution',
    names: [
      ...STEP_FUNCTIONS_ERRORS.map((name) => `StepFunctions.${name}`),
      // How the local cloud spells it; on AWS the name is the prefixed one.
      'ExecutionAlreadyExists',
      'StepFunctions.ExecutionAlreadyExists',
    ],
  },
];

function checkErrorNames(machine: StateMachine, around: Surroundings): Finding[] {
  const findings: Finding[] = [];
  const classes = new Set(Object.values(around.throws).flat());
  for (const [state, definition] of statesOf(machine)) {
    const report = (message: string) => findings.push({ rule: 'error-name', state, message });
    if (definition.Type === 'Fail') {
      const name = definition.Error;
      if (name === undefined) report('fails without an Error');
      else if (!name.startsWith('{%') && !classes.has(name) && around.endNames[name] === undefined) {
        report(`${name} is neither a class nor a designed end`);
      }
    }
    const called = functionOf(definition, around);
    const service = SERVICE_ERRORS.find(({ resource }) => definition.Resource?.startsWith(resource));
    const named = [...(definition.Retry ?? []), ...(definition.Catch ?? [])].flatMap(
      (entry) => entry.ErrorEquals ?? [],
    );
    for (const name of new Set(named)) {
      const known =
        STATES_ERRORS.has(name) ||
        service?.names.includes(name) ||
        (called && (LAMBDA_ERRORS.has(name) || around.throws[called.name]?.includes(name)));
      if (known) continue;
      if (called && classes.has(name)) report(`${name} is thrown by other functions, never by ${called.name}`);
      else report(`${name} is nothing that ${called?.name ?? definition.Resource ?? 'this state'} can fail with`);
    }
  }
  return findings;
}

const isLeftToCatchAll = (name: string, error: string, around: Surroundings) =>
  around.leftToCatchAll[error] !== undefined || around.leftToCatchAll[`${name}.${error}`] !== undefined;

/** Every error that an invoked function throws must be named where it is invoked, or be left to States.ALL knowingly. */
function checkOwners(machine: StateMachine, around: Surroundings): Finding[] {
  const namedFor = new Map<string, Set<string>>();
  for (const [, task] of tasksOf(machine)) {
    const called = functionOf(task, around);
    if (!called) continue;
    const names = namedFor.get(called.name) ?? new Set();
    for (const entry of [...(task.Retry ?? []), ...(task.Catch ?? [])]) {
      for (const name of entry.ErrorEquals ?? []) names.add(name);
    }
    namedFor.set(called.name, names);
  }
  return [...namedFor].flatMap(([name, named]) =>
    (around.throws[name] ?? [])
      .filter((error) => !named.has(error) && !isLeftToCatchAll(name, error, around))
      .map((error) => ({
        rule: 'error-owner',
        state: name,
        message: `throws ${error}, which no Task that calls it names`,
      })),
  );
}

/* ---------------------------------------------------------------- expressions */

interface Expression {
  /** Where it stands, such as `Catch.0.Assign.error`. */
  path: string;
  text: string;
}

/** Every string of a state that is, or looks like, a JSONata expression; those of inner machines are theirs. */
function expressionsOf(state: State): Expression[] {
  const found: Expression[] = [];
  const walk = (value: unknown, path: string) => {
    if (typeof value === 'string' && (value.includes('{%') || value.includes('%}'))) found.push({ path, text: value });
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) walk(inner, path === '' ? key : `${path}.${key}`);
    }
  };
  const { Comment: _comment, ItemProcessor: _processor, Branches: _branches, ...own } = state;
  walk(own, '');
  return found;
}

/** JSONata's own functions, and those that Step Functions adds. There is no `$eval`. */
const FUNCTIONS = new Set(
  (
    'sum count max min average string substring substringBefore substringAfter lowercase uppercase length trim pad ' +
    'match contains replace split join formatNumber formatBase formatInteger parseInteger number floor ceil round abs ' +
    'sqrt power boolean not map zip filter single reduce sift keys lookup append exists spread merge reverse each ' +
    'error assert type sort shuffle distinct base64encode base64decode encodeUrlComponent encodeUrl decodeUrlComponent ' +
    'decodeUrl fromMillis toMillis clone now millis random parse hash uuid partition range'
  ).split(' '),
);

interface Names {
  variables: Set<string>;
  functions: Set<string>;
  /** The fields of `$states` that are read. */
  states: Set<string>;
}

type Node = Record<string, unknown> & { type?: string; value?: unknown };

/** The names that an expression takes from outside itself. */
function namesIn(text: string): Names {
  const names: Names = { variables: new Set(), functions: new Set(), states: new Set() };
  const use = (name: unknown, bound: Set<string>, into: Set<string>) => {
    if (typeof name === 'string' && name !== '' && name !== '$' && name !== 'states' && !bound.has(name))
      into.add(name);
  };
  const visit = (node: unknown, bound: Set<string>): void => {
    if (Array.isArray(node)) {
      for (const item of node) visit(item, bound);
      return;
    }
    if (typeof node !== 'object' || node === null) return;
    const { type, ...rest } = node as Node;
    switch (type) {
      case 'variable':
        if (!FUNCTIONS.has(String(rest.value))) use(rest.value, bound, names.variables);
        break;
      case 'function':
      case 'partial': {
        const procedure = rest.procedure as Node;
        if (procedure.type === 'variable') use(procedure.value, bound, names.functions);
        else visit(procedure, bound);
        visit(rest.arguments, bound);
        return;
      }
      case 'bind':
        visit(rest.rhs, bound);
        bound.add(String((rest.lhs as Node).value));
        return;
      case 'lambda': {
        const inner = new Set([
          ...bound,
          ...((rest.arguments as Node[]) ?? []).map((argument) => String(argument.value)),
        ]);
        visit(rest.body, inner);
        return;
      }
      case 'block':
        visit(rest.expressions, new Set(bound));
        return;
      case 'path': {
        const inner = new Set(bound);
        const steps = rest.steps as Node[];
        const [first, second] = steps;
        if (first?.type === 'variable' && first.value === 'states') {
          names.states.add(second?.type === 'name' ? String(second.value) : '(all of it)');
        }
        for (const step of steps) {
          for (const name of [step.focus, step.index]) if (typeof name === 'string') inner.add(name);
          visit(step, inner);
        }
        visit(rest.group, inner);
        return;
      }
      default:
    }
    for (const [key, inner] of Object.entries(rest))
      if (key !== 'value' || typeof inner === 'object') visit(inner, bound);
  };
  visit(jsonata(text).ast(), new Set());
  return names;
}

/** The JSONata between the delimiters, or undefined when the string does not start and end with them. */
function inner(text: string): string | undefined {
  return text.match(/^\{%([\s\S]*)%\}$/)?.[1];
}

function tryNamesIn(text: string): Names | string {
  const expression = inner(text);
  if (expression === undefined) return 'has to start with {% and end with %}';
  try {
    return namesIn(expression);
  } catch (error) {
    return (error as Error).message ?? String(error);
  }
}

/** Which fields of `$states` exist where: the result only after success, the error only in a Catch. */
function statesFieldsAt(path: string, state: State): string[] {
  if (/^Catch\.\d+\.(Assign|Output)/.test(path)) return ['input', 'context', 'errorOutput'];
  if (/^(Assign|Output)/.test(path) && ['Task', 'Map', 'Parallel'].includes(state.Type)) {
    return ['input', 'context', 'result'];
  }
  return ['input', 'context'];
}

function checkLanguage(machine: StateMachine): Finding[] {
  return machine.QueryLanguage === 'JSONata'
    ? []
    : [{ rule: 'language', state: '(machine)', message: 'is not JSONata throughout' }];
}

function checkExpressions(machine: StateMachine): Finding[] {
  const findings: Finding[] = [];
  for (const [state, definition] of statesOf(machine)) {
    for (const { path, text } of expressionsOf(definition)) {
      const report = (message: string) => findings.push({ rule: 'expression', state, message: `${path}: ${message}` });
      const names = tryNamesIn(text);
      if (typeof names === 'string') {
        report(names);
        continue;
      }
      for (const name of names.functions) if (!FUNCTIONS.has(name)) report(`there is no function $${name}`);
      const allowed = statesFieldsAt(path, definition);
      for (const field of names.states) if (!allowed.includes(field)) report(`there is no $states.${field} here`);
    }
  }
  return findings;
}

/* ---------------------------------------------------------------- variables */

/** A variable may be read only where every way from the start has assigned it. */
function checkVariables(machine: StateMachine, outer: ReadonlySet<string> = new Set()): Finding[] {
  const findings: Finding[] = [];
  const assigned = assignedAt(machine, outer);
  for (const [state, definition] of Object.entries(machine.States)) {
    const here = assigned.get(state) ?? outer;
    for (const { path, text } of expressionsOf(definition)) {
      const names = tryNamesIn(text);
      if (typeof names === 'string') continue;
      for (const name of names.variables) {
        if (!here.has(name)) {
          findings.push({
            rule: 'variable',
            state,
            message: `${path}: $${name} is not assigned on every way that leads here`,
          });
        }
      }
    }
    for (const name of Object.keys(definition.Assign ?? {})) {
      if (outer.has(name)) {
        findings.push({
          rule: 'variable',
          state,
          message: `$${name} belongs to the machine outside and cannot be assigned here`,
        });
      }
    }
    for (const innerMachine of innerMachines(definition)) findings.push(...checkVariables(innerMachine, here));
  }
  return findings;
}

/** For every reachable state, the variables that all ways to it have assigned: a forward fixed point by intersection. */
export function assignedAt(machine: StateMachine, outer: ReadonlySet<string> = new Set()): Map<string, Set<string>> {
  const at = new Map<string, Set<string>>([[machine.StartAt, new Set(outer)]]);
  const queue = [machine.StartAt];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const state = machine.States[name];
    if (!state) continue;
    for (const edge of edgesOf(state)) {
      const after = new Set([...(at.get(name) ?? []), ...edge.assigns]);
      const known = at.get(edge.to);
      const met = known ? new Set([...known].filter((variable) => after.has(variable))) : after;
      if (!known || met.size < known.size) {
        at.set(edge.to, met);
        queue.push(edge.to);
      }
    }
  }
  return at;
}

/* ---------------------------------------------------------------- placeholders */

function checkPlaceholders(source: string, around: Pick<Surroundings, 'substitutions'>): Finding[] {
  const used = new Set([...source.matchAll(/\$\{([^}]*)\}/g)].map((match) => match[1] ?? ''));
  return [
    ...[...used]
      .filter((name) => !around.substitutions.includes(name))
      .map((name) => ({
        rule: 'placeholder',
        state: '(machine)',
        message: `\${${name}} is not in DefinitionSubstitutions`,
      })),
    ...around.substitutions
      .filter((name) => !used.has(name))
      .map((name) => ({ rule: 'placeholder', state: '(machine)', message: `${name} is substituted and not used` })),
  ];
}

/* ---------------------------------------------------------------- time */

/** The longest a state can take: every attempt runs into its timeout, every wait is as long as it can be. Seconds. */
export function longestStay(state: State, around: Surroundings): number {
  if (state.Type === 'Wait') return typeof state.Seconds === 'number' ? state.Seconds : Number.POSITIVE_INFINITY;
  const attempts = 1 + (state.Retry ?? []).reduce((sum, retrier) => sum + (retrier.MaxAttempts ?? 3), 0);
  const waits = (state.Retry ?? []).reduce((sum, retrier) => sum + longestWaits(retrier), 0);
  return attempts * longestAttempt(state, around) + waits;
}

function longestAttempt(state: State, around: Surroundings): number {
  if (state.Type === 'Task') {
    return typeof state.TimeoutSeconds === 'number' ? state.TimeoutSeconds : Number.POSITIVE_INFINITY;
  }
  const innerTime = Math.max(0, ...innerMachines(state).map((machine) => longestPath(machine, around).seconds));
  const rounds = state.Type === 'Map' ? Math.ceil(around.mapItems / (state.MaxConcurrency || around.mapItems)) : 1;
  return innerTime * rounds;
}

function longestWaits({ IntervalSeconds = 1, MaxAttempts = 3, BackoffRate = 2, MaxDelaySeconds }: Retrier): number {
  let sum = 0;
  for (let attempt = 0; attempt < MaxAttempts; attempt += 1) {
    sum += Math.min(IntervalSeconds * BackoffRate ** attempt, MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
  }
  return Math.ceil(sum);
}

/** The longest way from StartAt to an end, with what each state on it adds. A loop makes it infinite. */
export function longestPath(
  machine: StateMachine,
  around: Surroundings,
): { seconds: number; path: { state: string; seconds: number }[] } {
  type Way = { seconds: number; path: { state: string; seconds: number }[] };
  const known = new Map<string, Way>();
  const open = new Set<string>();
  const from = (name: string): Way => {
    const state = machine.States[name];
    const done = known.get(name);
    if (done) return done;
    if (!state) return { seconds: 0, path: [] };
    if (open.has(name))
      return { seconds: Number.POSITIVE_INFINITY, path: [{ state: name, seconds: Number.POSITIVE_INFINITY }] };
    open.add(name);
    const rest = edgesOf(state)
      .map((edge) => from(edge.to))
      .reduce((longest, way) => (way.seconds > longest.seconds ? way : longest), { seconds: 0, path: [] } as Way);
    open.delete(name);
    const seconds = longestStay(state, around);
    const way = { seconds: seconds + rest.seconds, path: [{ state: name, seconds }, ...rest.path] };
    known.set(name, way);
    return way;
  };
  return from(machine.StartAt);
}

function checkDuration(machine: StateMachine, around: Surroundings): Finding[] {
  const { seconds, path } = longestPath(machine, around);
  const sum = path.map((step) => `${step.state} ${step.seconds}`).join(' + ');
  if (machine.TimeoutSeconds === undefined) {
    return [
      {
        rule: 'duration',
        state: '(machine)',
        message: `has no TimeoutSeconds; the longest way is ${sum} = ${seconds} s`,
      },
    ];
  }
  return machine.TimeoutSeconds >= seconds
    ? []
    : [
        {
          rule: 'duration',
          state: '(machine)',
          message: `${machine.TimeoutSeconds} s is shorter than ${sum} = ${seconds} s`,
        },
      ];
}
