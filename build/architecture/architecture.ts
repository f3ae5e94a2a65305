import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import {
  flatten,
  type Json,
  list,
  objectsIn,
  type Resource,
  target as referenced,
  type Template,
} from '../../tests/template/template.ts';

/** The kinds of resources that are drawn, each with its icon in the package aws-icons. */
export const DRAWN: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::Api': 'architecture-service/AmazonAPIGateway',
  'AWS::CloudFront::Distribution': 'architecture-service/AmazonCloudFront',
  'AWS::CloudFront::Function': 'resource/AmazonCloudFrontFunctions',
  'AWS::CloudWatch::Alarm': 'resource/AmazonCloudWatchAlarm',
  'AWS::CloudWatch::CompositeAlarm': 'resource/AmazonCloudWatchAlarm',
  'AWS::CloudWatch::Dashboard': 'architecture-service/AmazonCloudWatch',
  'AWS::Cognito::UserPool': 'architecture-service/AmazonCognito',
  'AWS::DynamoDB::Table': 'resource/AmazonDynamoDBTable',
  'AWS::Events::Archive': 'resource/AmazonEventBridgeEvent',
  'AWS::Events::EventBus': 'resource/AmazonEventBridgeCustomEventBus',
  'AWS::Events::Rule': 'resource/AmazonEventBridgeRule',
  'AWS::Logs::QueryDefinition': 'resource/AmazonCloudWatchLogs',
  'AWS::Pipes::Pipe': 'resource/AmazonEventBridgePipes',
  'AWS::S3::Bucket': 'architecture-service/AmazonSimpleStorageService',
  'AWS::SES::ConfigurationSet': 'architecture-service/AmazonSimpleEmailService',
  'AWS::SNS::Topic': 'resource/AmazonSimpleNotificationServiceTopic',
  'AWS::SQS::Queue': 'resource/AmazonSimpleQueueServiceQueue',
  'AWS::Serverless::Api': 'architecture-service/AmazonAPIGateway',
  'AWS::Serverless::Function': 'architecture-service/AWSLambda',
  'AWS::Serverless::StateMachine': 'architecture-service/AWSStepFunctions',
  'AWS::WAFv2::WebACL': 'architecture-service/AWSWAF',
};

/** The kinds that are not: rights, keys and settings of what is drawn. */
export const LEFT_OUT = [
  /^AWS::(IAM|Logs::LogGroup|Lambda|CodeDeploy|KMS|EC2|SSM)/,
  /^AWS::StepFunctions::StateMachine(Alias|Version)$/,
  /^AWS::ApiGateway::/,
  /^AWS::Cognito::UserPool(Client|Group)$/,
  /^AWS::CloudFront::(OriginAccessControl|CachePolicy|ResponseHeadersPolicy)$/,
  /^AWS::(S3::Bucket|SNS::Topic|SQS::Queue)Policy$/,
  /^AWS::SNS::Subscription$/,
  /^AWS::SES::ConfigurationSetEventDestination$/,
  /^AWS::SecretsManager::Secret$/,
  /^AWS::Serverless::(Application|LayerVersion)$/,
  /^AWS::WAFv2::WebACLAssociation$/,
];

/** A part of the template's story: one of its numbered headings. */
export interface Section {
  number: number;
  title: string;
}

export interface Box {
  /** A logical id. For a person or system outside of AWS, a word that begins with `@`. */
  id: string;
  /** More than one when equal things are drawn as one. */
  resources: string[];
  section: number;
  icon: string;
  name: string;
  /** What is written small below the name, such as routes. */
  lines: string[];
  tables: { table: string; writes: boolean }[];
  /** What it calls elsewhere, too far for an arrow: a verb and a name. */
  calls: string[];
  /** The template's own sentence about it, or nothing. */
  description: string;
}

export interface Arrow {
  /** A box, or `section <number>` for all functions in it. */
  from: string;
  to: string;
  label: string;
  /** What happens only when something failed. */
  failure: boolean;
}

export interface Architecture {
  sections: Section[];
  boxes: Box[];
  arrows: Arrow[];
}

/** The resource that a value points at. What SAM makes for an alias, `X.Alias` or `XAliaslive`, stands for X. */
const target = (value: Json | undefined): string | undefined =>
  referenced(value)?.replace(/(\.Alias|Alias[a-z]\w*)$/, '');

/** How many equal things of one kind a section may have before they are drawn as one. */
const MOST_OF_A_KIND = 4;

type Fields = { [key: string]: Json };

interface Definition {
  States: Record<string, Fields>;
}

/**
 * What the picture shows: the resources that the template and its nested stacks have, and how they are connected.
 *
 * @param text of template.yaml: its numbered headings say which resource belongs together
 * @throws Error when there is a kind of resource of which nobody said whether it is drawn
 */
export function architectureOf(template: Template, text: string): Architecture {
  const { sections, sectionOf } = sectionsOf(text);
  const all = flatten(template).Resources;
  for (const [id, { Type }] of Object.entries(all)) {
    if (!DRAWN[Type] && !LEFT_OUT.some((kind) => kind.test(Type))) {
      throw new Error(`say in build/architecture/architecture.ts whether ${Type} (${id}) is drawn`);
    }
  }
  const boxes = new Map<string, Box>();
  const arrows: Arrow[] = [];
  const arrow = (from: string | undefined, to: string | undefined, label: string, failure = false) => {
    if (from && to && boxes.has(from) && boxes.has(to)) arrows.push({ from, to, label, failure });
  };

  const place = (from: Template, inside?: number) => {
    for (const [id, resource] of Object.entries(from.Resources)) {
      const section = inside ?? sectionOf(id);
      if (DRAWN[resource.Type]) boxes.set(id, boxOf(id, resource, section));
      if (resource.Nested) place(resource.Nested, section);
    }
  };
  place(template);
  const outside = (id: string, name: string, near: string, icon: string) => {
    const section = boxes.get(near)?.section;
    if (section) boxes.set(id, { ...EMPTY, id, section, name, icon });
  };

  const roles = new Map<string, string>();
  for (const [id, { Type, Properties = {} }] of Object.entries(all)) {
    const role = target(Properties.Role) ?? target(Properties.RoleArn);
    if (role) roles.set(role, id);
    const box = boxes.get(id);
    switch (Type) {
      case 'AWS::Serverless::Function':
        for (const event of Object.values(
          (Properties.Events ?? {}) as Record<string, { Type: string; Properties: Fields }>,
        )) {
          readEvent(id, event, box, arrow);
        }
        break;
      case 'AWS::Serverless::Api':
        for (const found of objectsIn(Properties.Auth)) arrow(id, target(found.UserPoolArn), 'checks tokens');
        break;
      case 'AWS::Cognito::UserPool':
        for (const found of objectsIn(Properties.LambdaConfig))
          arrow(id, target(found.PreTokenGeneration), 'before a token');
        break;
      case 'AWS::Cognito::UserPoolClient':
        for (const [user, { Properties: of = {} }] of Object.entries(all)) {
          const refers = [...objectsIn(of.Environment)].some((found) => found.Ref === id);
          if (refers) arrow(user, target(Properties.UserPoolId), 'signs in');
        }
        break;
      case 'AWS::SQS::Queue': {
        const redrive = Properties.RedrivePolicy as Fields | undefined;
        if (redrive)
          arrow(
            id,
            target(redrive.deadLetterTargetArn),
            `after ${numberOf(redrive.maxReceiveCount, template)} receives`,
            true,
          );
        break;
      }
      case 'AWS::Pipes::Pipe':
        arrow(target(Properties.Source), id, 'receives up to 10');
        arrow(id, target(Properties.Target), 'hands on a batch');
        break;
      case 'AWS::Serverless::StateMachine':
        readWorkflow(id, Properties, box, arrow);
        break;
      case 'AWS::SNS::Subscription':
        if (Properties.Protocol === 'email') {
          outside('@operators', 'Operators', target(Properties.TopicArn) ?? '', 'resource/Users');
          arrow(target(Properties.TopicArn), '@operators', 'e-mail');
        }
        arrow(target(Properties.TopicArn), target(Properties.Endpoint), 'outcomes');
        break;
      case 'AWS::Events::Rule': {
        if (typeof Properties.ScheduleExpression === 'string' && box) box.lines.push(Properties.ScheduleExpression);
        for (const found of objectsIn(Properties.EventPattern)) {
          for (const value of Object.values(found).flatMap((one) => list(one)))
            arrow(target(value), id, patternOf(Properties));
        }
        for (const found of list(Properties.Targets) as Fields[]) arrow(id, target(found.Arn), '');
        break;
      }
      case 'AWS::Events::Archive':
        arrow(target(Properties.SourceArn), id, 'keeps');
        break;
      case 'AWS::Lambda::EventInvokeConfig':
        for (const found of objectsIn(Properties.DestinationConfig)) {
          arrow(target(Properties.FunctionName), target(found.Destination), 'failed events', true);
        }
        break;
      case 'AWS::CloudFront::Distribution':
        readDistribution(id, Properties, arrow);
        break;
      case 'AWS::WAFv2::WebACLAssociation':
        // An ARN that is put together has its resource somewhere in it.
        for (const [, name] of JSON.stringify(Properties.ResourceArn).matchAll(/\$\{(\w+)/g)) {
          arrow(target(Properties.WebACLArn), name, 'filters');
        }
        break;
      case 'AWS::CloudWatch::Alarm':
      case 'AWS::CloudWatch::CompositeAlarm':
        for (const action of list(Properties.AlarmActions)) arrow(id, target(action), 'tell');
        break;
    }
  }

  for (const [id, { Type, Properties = {} }] of Object.entries(all)) {
    if (Type !== 'AWS::IAM::Role' && Type !== 'AWS::IAM::Policy') continue;
    const users =
      Type === 'AWS::IAM::Role' ? [roles.get(id)] : list(Properties.Roles).map((role) => roles.get(target(role) ?? ''));
    for (const user of users) {
      const box = boxes.get(user ?? '');
      if (box) readRights(box, Properties, boxes, arrows);
    }
  }

  outside('@customer', 'Customers, operators', 'Distribution', 'resource/Users');
  arrow('@customer', 'Distribution', 'pages and API');
  outside('@told', 'The customer', 'DeliverNotificationFunction', 'resource/User');
  arrow('DeliverNotificationFunction', 'MailConfigurationSet', 'sends e-mail');
  arrow('MailConfigurationSet', '@told', '');
  arrow('DeliverNotificationFunction', '@told', 'SMS');
  outside('@systems', 'Other systems', 'OrderEventsBus', 'resource/Internet');
  arrow('OrderEventsBus', '@systems', 'their own rules');
  outside('@provider', 'Stripe, or the sandbox', 'PaymentFunction', 'resource/Internetalt1');
  arrow('PaymentFunction', '@provider', 'authorize, capture, refund');

  return withFewerThings({ sections, boxes: [...boxes.values()], arrows });
}

const EMPTY = { resources: [] as string[], lines: [] as string[], tables: [], calls: [], description: '' };

function sectionsOf(text: string): { sections: Section[]; sectionOf(id: string): number } {
  const sections: Section[] = [];
  const numbers = new Map<string, number>();
  for (const line of text.slice(text.indexOf('\nResources:')).split('\n')) {
    const heading = line.match(/^ {2}# ---- (\d+)\. (.*?) -+$/);
    if (heading) sections.push({ number: Number(heading[1]), title: String(heading[2]) });
    const id = line.match(/^ {2}(\w+):$/)?.[1];
    if (id) numbers.set(id, sections.at(-1)?.number ?? 0);
    if (/^\w/.test(line) && !line.startsWith('Resources:')) break;
  }
  return { sections, sectionOf: (id) => numbers.get(id) ?? 0 };
}

function boxOf(id: string, { Type, Properties = {} }: Resource, section: number): Box {
  const description = Properties.Description ?? Properties.AlarmDescription;
  return {
    id,
    resources: [id],
    section,
    icon: DRAWN[Type] ?? '',
    name: nameOf(id, Type, Properties),
    lines: [],
    tables: [],
    calls: [],
    description: typeof description === 'string' ? description : '',
  };
}

/** A function or workflow is called as its folder or file, and anything else as its logical id, in words. */
function nameOf(id: string, type: string, properties: Fields): string {
  if (typeof properties.CodeUri === 'string') return basename(properties.CodeUri);
  if (typeof properties.DefinitionUri === 'string') return basename(properties.DefinitionUri, '.asl.yaml');
  if (type === 'AWS::Serverless::Api') return 'REST API';
  if (type === 'AWS::SES::ConfigurationSet') return 'E-mail (SES)';
  const words = inWords(id)
    .replace(/ dlq$/, ' dead letters')
    .replace(/ schedule$/, '')
    .replace(/^\w/, (first) => first.toUpperCase());
  return type === 'AWS::Events::Rule' ? words.replace(/ rule$/, '') : words;
}

const inWords = (id: string) =>
  id
    .replace(/([a-z0-9])([A-Z])/g, (_, before, next) => `${before} ${next.toLowerCase()}`)
    .replace(/^[A-Z]/, (first) => first.toLowerCase());

type Draw = (from: string | undefined, to: string | undefined, label: string, failure?: boolean) => void;

function readEvent(
  id: string,
  { Type, Properties }: { Type: string; Properties: Fields },
  box: Box | undefined,
  arrow: Draw,
) {
  if (Type === 'Api' || Type === 'HttpApi') {
    box?.lines.push(`${String(Properties.Method).toUpperCase()} ${String(Properties.Path)}`);
    arrow(target(Properties.RestApiId ?? Properties.ApiId), id, 'routes');
  }
  if (Type === 'SQS') arrow(target(Properties.Queue), id, `up to ${String(Properties.BatchSize)}`);
  if (Type === 'DynamoDB') arrow(target(Properties.Stream), id, 'stream of changes');
  for (const found of objectsIn(Properties.DestinationConfig))
    arrow(id, target(found.Destination), 'failed records', true);
}

/** Which state of a workflow uses which resource is in its definition. */
function readWorkflow(id: string, properties: Fields, box: Box | undefined, arrow: Draw) {
  const definition = parse(readFileSync(join(process.cwd(), String(properties.DefinitionUri)), 'utf8')) as Definition;
  for (const [name, value] of Object.entries((properties.DefinitionSubstitutions ?? {}) as Fields)) {
    const users = statesUsing(definition, name);
    const used = target(value);
    if (!used || users.length === 0) continue;
    if (/Table$/.test(used)) box?.tables.push({ table: used, writes: true });
    else arrow(id, used, users.join(', '));
  }
}

function statesUsing(definition: Definition, substitution: string): string[] {
  const found: string[] = [];
  for (const [name, state] of Object.entries(definition.States)) {
    for (const inner of [state.ItemProcessor, ...list(state.Branches)]) {
      if (inner) found.push(...statesUsing(inner as unknown as Definition, substitution));
    }
    const { ItemProcessor: _, Branches: __, ...own } = state;
    if (JSON.stringify(own).includes(`\${${substitution}}`)) found.push(name);
  }
  return found;
}

function readDistribution(id: string, properties: Fields, arrow: Draw) {
  const config = properties.DistributionConfig as Fields;
  const behaviours = [config.DefaultCacheBehavior, ...list(config.CacheBehaviors)] as Fields[];
  for (const origin of list(config.Origins) as Fields[]) {
    const paths = behaviours
      .filter(({ TargetOriginId }) => TargetOriginId === origin.Id)
      .map(({ PathPattern }) => PathPattern ?? '/');
    arrow(id, target(origin.DomainName), String(paths.at(-1)));
  }
  for (const found of objectsIn(config)) arrow(id, target(found.FunctionARN), 'each page');
}

/** Rights on tables become chips. Others become arrows to what is near, and words about what is far. */
function readRights(box: Box, properties: Fields, boxes: Map<string, Box>, arrows: Arrow[]) {
  for (const statement of objectsIn(properties)) {
    if (statement.Effect !== 'Allow' || !statement.Resource) continue;
    const actions = list(statement.Action).map(String);
    for (const resource of list(statement.Resource)) {
      const used = target(resource);
      const other = boxes.get(used ?? '');
      if (!used || !other || other === box) continue;
      if (other.icon.includes('DynamoDB')) {
        if (!actions.some((action) => /Item$|Query$|Scan$/.test(action))) continue;
        const writes = actions.some((action) => /:(Put|Update|Delete)/.test(action));
        const chip = box.tables.find(({ table }) => table === used);
        if (chip) chip.writes ||= writes;
        else box.tables.push({ table: used, writes });
        continue;
      }
      // What is received or asked is drawn the other way round, or not at all.
      if (actions.every((action) => /:(Get|List|Describe|Receive|Delete)/.test(action))) continue;
      const known = arrows.some(({ from, to }) => from === used && to === box.id);
      const failures = arrows.some(({ from, to, failure }) => failure && from === box.id && to === used);
      if (known || failures || !box.icon.includes('Lambda')) continue;
      const label = inWords(String(statement.Sid));
      if (Math.abs(other.section - box.section) <= 1) arrows.push({ from: box.id, to: used, label, failure: false });
      else if (!box.calls.includes(other.name)) box.calls.push(other.name);
    }
  }
}

const numberOf = (value: Json | undefined, template: Template) =>
  String(typeof value === 'object' ? (template.Parameters[target(value) ?? '']?.Default ?? '') : value);

const patternOf = (properties: Fields) => {
  const pattern = properties.EventPattern as Fields;
  const states = list((pattern.detail as Fields | undefined)?.status);
  if (states.length > 0) return states.join(', ');
  const [kind] = list(pattern['detail-type']);
  return kind === undefined ? 'events' : String(kind).toLowerCase();
};

/**
 * Draws many things of a kind as one, an arrow to all functions of a section as one to the section, and equal arrows
 * once.
 */
function withFewerThings({ sections, boxes, arrows }: Architecture): Architecture {
  const into = new Map<string, string>();
  const kept: Box[] = [];
  for (const box of boxes) {
    const alike = boxes.filter(
      (other) => other.section === box.section && other.icon === box.icon && isWatching(box.icon),
    );
    const [first] = alike;
    if (!first || alike.length <= MOST_OF_A_KIND) kept.push(box);
    else if (first === box) {
      kept.push({
        ...box,
        resources: alike.map(({ id }) => id),
        name: `${alike.length} ${box.icon.includes('Logs') ? 'saved queries' : 'alarms'}`,
        description: '',
      });
    }
    into.set(box.id, alike.length > MOST_OF_A_KIND && first ? first.id : box.id);
  }
  const sectionOf = new Map(boxes.map(({ id, section }) => [id, section]));
  const drawn = new Map<string, Arrow>();
  for (const one of arrows) {
    const from = into.get(one.from) ?? one.from;
    const to = into.get(one.to) ?? one.to;
    const routed = arrows.filter(
      (other) =>
        other.from === one.from && other.label === 'routes' && sectionOf.get(other.to) === sectionOf.get(one.to),
    );
    const group = one.label === 'routes' && routed.length > 1 && sectionOf.get(from) !== sectionOf.get(to);
    const end = group ? `section ${sectionOf.get(to)}` : to;
    const key = `${from} ${end} ${one.failure}`;
    const known = drawn.get(key);
    if (!known) drawn.set(key, { ...one, from, to: end, label: one.label });
    else if (one.label && !known.label.split(', ').includes(one.label)) known.label += `, ${one.label}`;
  }
  return {
    sections: sections.filter(({ number }) => kept.some(({ section }) => section === number)),
    boxes: kept,
    arrows: [...drawn.values()],
  };
}

const isWatching = (icon: string) => icon.includes('CloudWatch');
