/**
 * What holds for every resource of the template, whatever it is for. Pure, as is asl.ts: a template goes in, findings
 * come out, so that each rule can be shown to fail on a changed copy.
 */
import type { Finding } from './asl.ts';
import { checkAlarms } from './monitoring-rules.ts';
import { flatten, type Json, list, objectsIn, type Resource, resourcesOf, type Template, target } from './template.ts';

/** A statement on more than resources of the template: its actions, what it is about, and why. */
export interface WideStatement {
  /** Deny when it takes something out of another wide statement. Otherwise Allow. */
  effect?: 'Deny';
  actions: readonly string[];
  resource: Json;
  reason: string;
}

export interface TemplateRules {
  /** By `<logical id>.<Sid>`. */
  wideStatements: Readonly<Record<string, WideStatement>>;
}

/** How every function is built, as layers/README.md measured it. */
const BUILD = {
  EntryPoints: ['handler.ts'],
  Format: 'cjs',
  Target: 'node24',
  Minify: true,
  Sourcemap: false,
  MainFields: 'module,main',
  Supported: ['dynamic-import=false'],
  Alias: ['@aws-sdk/credential-provider-node=../shared/aws/environment-credentials.ts'],
};

const LOG_RETENTION = { Ref: 'LogRetentionDays' };
const MOST_PARAMETERS = 21;

/** Everything wrong with a template, by every rule of this file. */
export function inspectTemplate(template: Template, rules: TemplateRules): Finding[] {
  const whole = flatten(template);
  return [
    ...checkFunctions(whole),
    ...checkRoles(whole),
    ...checkStatements(whole, rules),
    ...checkKey(template),
    ...checkLogs(whole),
    ...checkParameters(template),
    ...checkNested(template),
    ...checkNames(whole),
    ...checkTracing(whole),
    ...checkReferences(whole),
    ...checkAlarms(whole),
  ];
}

const functionsOf = (template: Template) => resourcesOf('AWS::Serverless::Function', template);
const machinesOf = (template: Template) => resourcesOf('AWS::Serverless::StateMachine', template);

/* ---------------------------------------------------------------- functions and roles */

function checkFunctions(template: Template): Finding[] {
  const globals = template.Globals.Function;
  const findings: Finding[] = [];
  for (const [state, { Properties, Metadata }] of functionsOf(template)) {
    const report = (message: string) => findings.push({ rule: 'function', state, message });
    const runtime = Properties.Runtime ?? globals.Runtime;
    if (runtime !== 'nodejs24.x') report(`runs on ${runtime}`);
    if ((Properties.Handler ?? globals.Handler) !== 'handler.handler') report('its handler is not handler.handler');
    if (Metadata?.BuildMethod !== 'esbuild') report('is not built by esbuild');
    if (JSON.stringify(Metadata?.BuildProperties) !== JSON.stringify(BUILD)) report('is built in a way of its own');
    if (!/^functions\/[a-z-]+$/.test(String(Properties.CodeUri))) report('has no folder of its own in functions/');
    if (typeof Properties.Description !== 'string') report('has no Description');
  }
  return findings;
}

function checkRoles(template: Template): Finding[] {
  const findings: Finding[] = [];
  const owners = new Map<string, string>();
  const owned = [
    ...functionsOf(template).map(([id, resource]) => [id, resource, 'lambda.amazonaws.com', 'Role'] as const),
    ...machinesOf(template).map(([id, resource]) => [id, resource, 'states.amazonaws.com', 'Role'] as const),
    ...resourcesOf('AWS::Pipes::Pipe', template).map(
      ([id, resource]) => [id, resource, 'pipes.amazonaws.com', 'RoleArn'] as const,
    ),
  ];
  for (const [state, { Properties }, service, field] of owned) {
    const report = (message: string) => findings.push({ rule: 'role', state, message });
    const roleId = target(Properties[field]);
    const role = roleId === undefined ? undefined : template.Resources[roleId];
    if (roleId === undefined || role?.Type !== 'AWS::IAM::Role') {
      report('has no role that is written out');
      continue;
    }
    if (Properties.Policies !== undefined) report('has policies besides its role');
    if (owners.has(roleId)) report(`shares ${roleId} with ${owners.get(roleId)}`);
    owners.set(roleId, state);
    const trusted = [...objectsIn(role.Properties.AssumeRolePolicyDocument)].flatMap(({ Principal }) =>
      list(Principal),
    );
    if (JSON.stringify(trusted) !== JSON.stringify([{ Service: service }]))
      report(`${roleId} trusts more than ${service}`);
    for (const policy of list(role.Properties.ManagedPolicyArns)) {
      const id = target(onlyIfChosen(policy));
      if (id === undefined || !template.Resources[id]) report(`${roleId} has a managed policy that is not ours`);
    }
  }
  return findings;
}

/** What stands where a condition holds, when there is nothing where it does not. */
function onlyIfChosen(value: Json): Json {
  const [, chosen = value, otherwise] = list((value as { 'Fn::If'?: Json })['Fn::If']);
  return target(otherwise) === 'AWS::NoValue' ? chosen : value;
}

/* ---------------------------------------------------------------- what they may do */

interface Statement {
  policy: string;
  sid: string;
  actions: string[];
  resources: Json[];
  effect: Json | undefined;
}

/** Every statement of every role and policy of the template; those of trust and of resource policies aside. */
export function statementsOf(template: Template): Statement[] {
  const documents: [string, Json | undefined][] = [
    ...resourcesOf('AWS::IAM::Role', template).flatMap(([id, { Properties }]) =>
      list(Properties.Policies).map((policy): [string, Json | undefined] => [
        id,
        (policy as { [key: string]: Json }).PolicyDocument,
      ]),
    ),
    ...['AWS::IAM::ManagedPolicy', 'AWS::IAM::Policy'].flatMap((type) =>
      resourcesOf(type, template).map(([id, { Properties }]): [string, Json | undefined] => [
        id,
        Properties.PolicyDocument,
      ]),
    ),
  ];
  return documents.flatMap(([policy, document]) =>
    list((document as { [key: string]: Json } | undefined)?.Statement).map((statement) => {
      const { Sid, Action, Resource, Effect } = statement as { [key: string]: Json };
      return {
        policy,
        sid: typeof Sid === 'string' ? Sid : '',
        actions: list(Action).map(String),
        resources: list(Resource),
        effect: Effect,
      };
    }),
  );
}

function checkStatements(template: Template, { wideStatements }: TemplateRules): Finding[] {
  const findings: Finding[] = [];
  const used = new Set<string>();
  for (const { policy, sid, actions, resources, effect } of statementsOf(template)) {
    const report = (message: string) => findings.push({ rule: 'iam', state: policy, message: `${sid}: ${message}` });
    if (sid === '') report('has no Sid that says what it is for');
    for (const action of actions) if (action.includes('*')) report(`${action} is more than one action`);
    if (actions.length === 0 || resources.length === 0) report('names no action or no resource');
    const wide = wideStatements[`${policy}.${sid}`];
    if (effect !== (wide?.effect ?? 'Allow')) report(`its effect is ${effect}`);
    if (wide) {
      used.add(`${policy}.${sid}`);
      const more = actions.filter((action) => !wide.actions.includes(action));
      if (more.length > 0) report(`${more.join(', ')} is allowed on more than one resource without a reason`);
      const text = JSON.stringify(resources);
      if (text !== JSON.stringify([wide.resource])) report(`it is allowed on ${text}, for which there is no reason`);
      continue;
    }
    for (const resource of resources) {
      const text = JSON.stringify(resource);
      if (/[*?]/.test(text)) report(`${text} is more than one resource`);
      const id = target(resource);
      if (id === undefined || !template.Resources[id]) report(`${text} is nothing of this template`);
    }
  }
  for (const unused of Object.keys(wideStatements).filter((key) => !used.has(key))) {
    findings.push({ rule: 'iam', state: unused, message: 'may be wide and does not exist' });
  }
  return findings;
}

/* ---------------------------------------------------------------- the key of our own */

/** What reads or writes encrypted data, as DynamoDB, SQS, SNS and S3 see it. What only lists or counts does not. */
const TOUCHES_DATA =
  /^(dynamodb:(?!ListStreams|DescribeStream)|sqs:(?!GetQueueAttributes)|sns:Publish$|s3:(?!ListBucket))/;
/** What makes a new data key. A table has one, so that writing an item decrypts it only. */
const ENCRYPTS_DATA = /^(sqs:SendMessage|sns:Publish|s3:PutObject)$/;

/** Where tables, queues, topics, buckets, log groups and secrets name the key. */
const KEY_OF: Record<string, string> = {
  'AWS::DynamoDB::Table': 'SSESpecification',
  'AWS::SQS::Queue': 'KmsMasterKeyId',
  'AWS::SNS::Topic': 'KmsMasterKeyId',
  'AWS::S3::Bucket': 'BucketEncryption',
  'AWS::Logs::LogGroup': 'KmsKeyId',
  'AWS::SecretsManager::Secret': 'KmsKeyId',
};

/** With a key of our own, everything at rest has it, and exactly those roles may use it whose data has it. */
function checkKey(template: Template): Finding[] {
  const findings: Finding[] = [];
  for (const [state, { Type, Properties }] of Object.entries(template.Resources)) {
    const property = KEY_OF[Type];
    if (property !== undefined && !JSON.stringify(Properties?.[property] ?? '').includes('{"Ref":"EncryptionKeyArn"}'))
      findings.push({ rule: 'key', state, message: `${property} does not take EncryptionKeyArn` });
  }
  const policies = { 'kms:Decrypt': TOUCHES_DATA, 'kms:GenerateDataKey': ENCRYPTS_DATA };
  const statements = statementsOf(template);
  for (const [action, needs] of Object.entries(policies)) {
    const allowed = statements
      .filter(({ actions }) => actions.includes(action))
      .flatMap(({ policy }) => list(template.Resources[policy]?.Properties.Roles).map((role) => target(role) ?? ''));
    for (const [role] of resourcesOf('AWS::IAM::Role', template)) {
      const touches = statements.some(
        ({ policy, effect, actions }) =>
          policy === role && effect === 'Allow' && actions.some((each) => needs.test(each)),
      );
      if (touches && !allowed.includes(role)) findings.push({ rule: 'key', state: role, message: `lacks ${action}` });
      if (!touches && allowed.includes(role))
        findings.push({ rule: 'key', state: role, message: `may ${action} and has no data that needs it` });
    }
  }
  return findings;
}

/* ---------------------------------------------------------------- logs and traces */

function checkLogs(template: Template): Finding[] {
  const findings: Finding[] = [];
  const report = (state: string, message: string) => findings.push({ rule: 'logs', state, message });
  for (const [id, { Properties }] of resourcesOf('AWS::Logs::LogGroup', template)) {
    if (JSON.stringify(Properties.RetentionInDays) !== JSON.stringify(LOG_RETENTION)) {
      report(id, 'does not keep its logs for LogRetentionDays');
    }
  }
  const writers = new Map<string, string>();
  const claim = (id: string, group: string | undefined) => {
    if (group === undefined || template.Resources[group]?.Type !== 'AWS::Logs::LogGroup') {
      report(id, 'has no log group of the template');
    } else if (writers.has(group)) report(id, `shares ${group} with ${writers.get(group)}`);
    else writers.set(group, id);
  };
  for (const [id, { Properties }] of functionsOf(template)) {
    const group = target((Properties.LoggingConfig as { [key: string]: Json } | undefined)?.LogGroup);
    claim(id, group);
    const role = target(Properties.Role);
    const logging = statementsOf(template).filter(
      ({ policy, actions }) => policy === role && actions.some((action) => action.startsWith('logs:')),
    );
    if (
      logging.length !== 1 ||
      logging.some(({ resources }) => resources.some((resource) => target(resource) !== group))
    ) {
      report(id, 'may not write exactly its own log group');
    }
  }
  for (const [id, { Properties }] of machinesOf(template)) {
    const logging = Properties.Logging as { [key: string]: Json } | undefined;
    if (logging?.IncludeExecutionData !== false) report(id, 'logs what customers told us');
    if (logging?.Level !== 'ALL') report(id, 'does not log every state');
    const destination = [...objectsIn(logging)].map(({ LogGroupArn }) => target(LogGroupArn)).find((group) => group);
    claim(id, destination);
    const name = template.Resources[destination ?? '']?.Properties.LogGroupName;
    if (!JSON.stringify(name ?? '').includes('/aws/vendedlogs/states/')) {
      report(id, 'logs outside /aws/vendedlogs/states/, which outgrows the size of the log resource policy');
    }
  }
  return findings;
}

function checkTracing(template: Template): Finding[] {
  const untraced = [
    ...functionsOf(template).filter(
      ([, { Properties }]) => (Properties.Tracing ?? template.Globals.Function.Tracing) !== 'Active',
    ),
    ...machinesOf(template).filter(
      ([, { Properties }]) => (Properties.Tracing as { [key: string]: Json } | undefined)?.Enabled !== true,
    ),
    ...resourcesOf('AWS::Serverless::Api', template).filter(([, { Properties }]) => Properties.TracingEnabled !== true),
  ];
  return untraced.map(([state]) => ({ rule: 'tracing', state, message: 'is not traced' }));
}

/* ---------------------------------------------------------------- parameters, names, references */

function checkParameters(template: Template): Finding[] {
  const parameters = Object.entries(template.Parameters);
  const findings: Finding[] = [];
  if (parameters.length > MOST_PARAMETERS) {
    findings.push({
      rule: 'parameter',
      state: 'Parameters',
      message: `a guided deployment asks ${parameters.length} questions`,
    });
  }
  const { ParameterGroups = [], ParameterLabels = {} } = (template.Metadata?.['AWS::CloudFormation::Interface'] ??
    {}) as { ParameterGroups?: { Parameters: string[] }[]; ParameterLabels?: Record<string, unknown> };
  const grouped = ParameterGroups.flatMap(({ Parameters }) => Parameters);
  for (const [state, { Default, Description }] of parameters) {
    const groups = grouped.filter((name) => name === state).length;
    if (groups !== 1) findings.push({ rule: 'parameter', state, message: `is in ${groups} groups of the interface` });
    if (ParameterLabels[state] === undefined) findings.push({ rule: 'parameter', state, message: 'has no label' });
    if (Default === undefined) findings.push({ rule: 'parameter', state, message: 'has no Default' });
    if ((Description ?? '').length < 20) findings.push({ rule: 'parameter', state, message: 'has no Description' });
  }
  for (const [state, { Description }] of Object.entries(template.Outputs)) {
    if (Description === undefined)
      findings.push({ rule: 'parameter', state, message: 'is an output without Description' });
  }
  return findings;
}

/**
 * A nested application is a leaf: it is passed exactly what it asks for, and nothing reads from it. The outputs pass on
 * those of a leaf that a parameter leaves out, under the same condition.
 */
function checkNested(template: Template): Finding[] {
  return resourcesOf('AWS::Serverless::Application', template).flatMap(([state, { Condition, Properties, Nested }]) => {
    const passed = Object.keys((Properties.Parameters as { [key: string]: Json } | undefined) ?? {});
    const asked = Object.entries(Nested?.Parameters ?? {});
    const outputs = Object.entries(template.Outputs).filter(
      ([, output]) => Condition === undefined || output.Condition !== Condition,
    );
    const readers = [...Object.entries(template.Resources), ...outputs].filter(
      ([id, reader]) => id !== state && new RegExp(`"${state}"|\\$\\{${state}[.}]`).test(JSON.stringify(reader)),
    );
    return [
      ...asked.filter(([name]) => !passed.includes(name)).map(([name]) => `is not passed ${name}`),
      ...passed.filter((name) => Nested?.Parameters[name] === undefined).map((name) => `does not ask for ${name}`),
      ...asked
        .filter(([, parameter]) => parameter.Description === undefined)
        .map(([name]) => `does not describe ${name}`),
      ...readers.map(([id]) => `${id} reads from it`),
    ].map((message) => ({ rule: 'nested', state, message }));
  });
}

/** The property that fixes a resource's name. Names of things inside another resource, such as an index, are free. */
const PHYSICAL_NAMES: Record<string, readonly string[]> = {
  'AWS::Serverless::Function': ['FunctionName'],
  'AWS::Serverless::StateMachine': ['Name'],
  'AWS::Serverless::Api': ['Name'],
  'AWS::Serverless::LayerVersion': ['LayerName'],
  'AWS::DynamoDB::Table': ['TableName'],
  'AWS::SQS::Queue': ['QueueName'],
  'AWS::SNS::Topic': ['TopicName'],
  'AWS::S3::Bucket': ['BucketName'],
  'AWS::IAM::Role': ['RoleName'],
  'AWS::IAM::ManagedPolicy': ['ManagedPolicyName'],
  'AWS::Cognito::UserPool': ['UserPoolName'],
  'AWS::Cognito::UserPoolClient': ['ClientName'],
  'AWS::ApiGateway::ApiKey': ['Name', 'Value'],
  'AWS::ApiGateway::UsagePlan': ['UsagePlanName'],
  'AWS::Pipes::Pipe': ['Name'],
  'AWS::Events::Archive': ['ArchiveName'],
  'AWS::Events::EventBus': ['Name'],
  'AWS::Events::Rule': ['Name'],
  'AWS::Scheduler::Schedule': ['Name'],
  'AWS::CloudWatch::Alarm': ['AlarmName'],
  'AWS::CloudWatch::Dashboard': ['DashboardName'],
  'AWS::SecretsManager::Secret': ['Name'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
};

function checkNames(template: Template): Finding[] {
  return Object.entries(template.Resources).flatMap(([state, { Type, Properties }]) =>
    (PHYSICAL_NAMES[Type] ?? [])
      .filter((property) => Properties?.[property] !== undefined)
      // Two stacks of one account have two names, so a name made of the stack's is as good as none, and so is one made of
      // a name that CloudFormation gave a topic.
      .filter((property) => !/AWS::StackName|[.]TopicName[}]/.test(JSON.stringify(Properties[property])))
      .filter((property) => !isSecretOfTemplate(Properties[property]) || Type !== 'AWS::ApiGateway::ApiKey')
      .map((property) => ({
        rule: 'name',
        state,
        message: `${property} is fixed, so two stages cannot share an account`,
      })),
  );
}

/** Whether a value is the whole text of a secret of the template, which CloudFormation reads itself. */
function isSecretOfTemplate(value: Json | undefined): boolean {
  const text = (value as { 'Fn::Sub'?: Json } | undefined)?.['Fn::Sub'];
  return typeof text === 'string' && /^\{\{resolve:secretsmanager:\$\{\w+\}\}\}$/.test(text);
}

/** An environment variable that points at a resource is of no use without a right on it, and the other way round. */
function checkReferences(template: Template): Finding[] {
  const findings: Finding[] = [];
  for (const [state, { Properties }] of functionsOf(template)) {
    const variables = [...objectsIn(Properties.Environment)].flatMap((object) => Object.values(object));
    // Lambda itself writes to a destination of failures, as the function's role, so the function needs no name of it.
    const destinations = resourcesOf('AWS::Lambda::EventInvokeConfig', template)
      .filter(([, config]) => target(config.Properties.FunctionName) === state)
      .flatMap(([, config]) => [...objectsIn(config.Properties)].map(({ Destination }) => Destination));
    // Lambda reads an event source as the function's role too, and writes to its destination of failures.
    const sources = [...objectsIn(Properties.Events)].flatMap(({ Queue, Stream, Destination }) => [
      Queue,
      Stream,
      Destination,
    ]);
    const known = new Set(
      [...variables, ...destinations, ...sources].map((value) => target(value)).filter((id) => id !== undefined),
    );
    const role = target(Properties.Role);
    const allowed = statementsOf(template)
      .filter(({ policy, actions }) => policy === role && !actions.every((action) => action.startsWith('logs:')))
      .flatMap(({ resources }) => resources.map((resource) => target(resource)));
    for (const id of new Set(allowed)) {
      if (id !== undefined && NAMED_BY_ENVIRONMENT.includes(template.Resources[id]?.Type ?? '') && !known.has(id)) {
        findings.push({ rule: 'reference', state, message: `may use ${id}, whose name it is not given` });
      }
    }
    for (const id of known) {
      if (NAMED_BY_ENVIRONMENT.includes(template.Resources[id]?.Type ?? '') && !allowed.includes(id)) {
        findings.push({ rule: 'reference', state, message: `is given the name of ${id} and may not use it` });
      }
    }
  }
  return findings;
}

const NAMED_BY_ENVIRONMENT = ['AWS::DynamoDB::Table', 'AWS::SQS::Queue', 'AWS::SNS::Topic', 'AWS::S3::Bucket'];

/** A resource of the template, or of one nested in it, by its logical id, for tests that change or read one. */
export function resource(template: Template, id: string): Resource {
  const nested = resourcesOf('AWS::Serverless::Application', template).map(([, { Nested }]) => Nested);
  const found = [template, ...nested].map((each) => each?.Resources[id]).find((each) => each !== undefined);
  if (!found) throw new Error(`the template has no ${id}`);
  return found;
}
