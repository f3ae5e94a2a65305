import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Definitions, inspectDelivery } from './delivery-rules.ts';
import { type Json, objectsIn, resourcesOf, root, type Template, template } from './template.ts';
import { resource } from './template-rules.ts';
import { translate } from './tools.ts';

const definitions: Definitions = Object.fromEntries(
  resourcesOf('AWS::Serverless::StateMachine').map(([id, { Properties }]) => [
    id,
    parse(readFileSync(join(root, String(Properties.DefinitionUri)), 'utf8')) as Json,
  ]),
);

test('everything that invokes goes through an alias, and every change makes a version', () => {
  expect(inspectDelivery(template, definitions)).toEqual([]);
});

type Fields = { [key: string]: Json };
type Mutation = [
  rule: string,
  wrong: string,
  state: string,
  change: (template: Template, definitions: { [id: string]: Json }) => void,
];

const statement = (t: Template, role: string, sid: string): Fields => {
  const found = [...objectsIn(resource(t, role).Properties)].find(({ Sid }) => Sid === sid);
  if (!found) throw new Error(`${role} has no statement ${sid}`);
  return found;
};
const substitutions = (t: Template, machine: string) =>
  resource(t, machine).Properties.DefinitionSubstitutions as Fields;
const variables = (t: Template, id: string) =>
  (resource(t, id).Properties.Environment as { Variables: Fields }).Variables;

const MUTATIONS: Mutation[] = [
  [
    'bypass',
    'a dispatch that bypasses the alias of process-order',
    'DispatchOrders',
    (t) => {
      substitutions(t, 'DispatchOrders').ProcessOrderArn = { Ref: 'ProcessOrder' };
    },
  ],
  [
    'bypass',
    'a pipe that bypasses the alias of dispatch-orders',
    'OrderPipe',
    (t) => {
      resource(t, 'OrderPipe').Properties.Target = { 'Fn::GetAtt': ['DispatchOrders', 'Arn'] };
    },
  ],
  [
    'bypass',
    'a Task that calls the function itself',
    'ProcessOrder',
    (t) => {
      substitutions(t, 'ProcessOrder').PaymentFunctionArn = { 'Fn::GetAtt': ['PaymentFunction', 'Arn'] };
    },
  ],
  [
    'task',
    'a Task that names a function in its own words',
    'ProcessOrder',
    (_t, all) => {
      const task = [...objectsIn(all.ProcessOrder)].find(({ Type }) => Type === 'Task');
      (task?.Arguments as Fields).FunctionName = 'arn:aws:lambda:eu-west-1:123456789012:function:validate';
    },
  ],
  [
    'bypass',
    'a function that starts executions of the state machine itself',
    'ReconcileFunction',
    (t) => {
      variables(t, 'ReconcileFunction').ORDER_WORKFLOW_ARN = { Ref: 'ProcessOrder' };
    },
  ],
  [
    'bypass',
    'a function that invokes another past its alias',
    'EscalateOrderFunction',
    (t) => {
      variables(t, 'EscalateOrderFunction').NOTIFY_FUNCTION = { Ref: 'NotifyFunction' };
    },
  ],
  [
    'bypass',
    'a rule that calls the function itself',
    'ReconcileOrdersSchedule',
    (t) => {
      const [to] = resource(t, 'ReconcileOrdersSchedule').Properties.Targets as Fields[];
      if (to) to.Arn = { 'Fn::GetAtt': ['ReconcileFunction', 'Arn'] };
    },
  ],
  [
    'bypass',
    'a permission on the function, where the alias is called',
    'UploadsPermission',
    (t) => {
      resource(t, 'UploadsPermission').Properties.FunctionName = { Ref: 'CheckImageFunction' };
    },
  ],
  [
    'bypass',
    'a right on the function, where the alias is called',
    'ProcessOrderRole',
    (t) => {
      statement(t, 'ProcessOrderRole', 'InvokeSteps').Resource = { 'Fn::GetAtt': ['NotifyFunction', 'Arn'] };
    },
  ],
  [
    'bypass',
    'failures that are kept of calls that nobody makes',
    'CheckImageFailures',
    (t) => {
      resource(t, 'CheckImageFailures').Properties.Qualifier = '$LATEST';
    },
  ],
  [
    'start',
    'a right to start past the alias',
    'DispatchOrdersRole',
    (t) => {
      delete statement(t, 'DispatchOrdersRole', 'StartOrders').Condition;
    },
  ],
  [
    'start',
    'a right on the alias, which gives none',
    'OrderPipeRole',
    (t) => {
      statement(t, 'OrderPipeRole', 'Dispatch').Resource = { Ref: 'DispatchOrdersAliaslive' };
    },
  ],
  [
    'alias',
    'a state machine without an alias',
    'ProcessOrder',
    (t) => {
      delete resource(t, 'ProcessOrder').Properties.AutoPublishAlias;
    },
  ],
  [
    'alias',
    'a function with another alias',
    'AuthFunction',
    (t) => {
      resource(t, 'AuthFunction').Properties.AutoPublishAlias = 'current';
    },
  ],
  [
    'version',
    'a parameter whose new value does not reach the alias',
    'PaymentFunction',
    (t) => {
      resource(t, 'PaymentFunction').Properties.VersionDescription = { Ref: 'LogLevel' };
    },
  ],
  [
    'version',
    'a parameter that asks for a version of a function that did not change',
    'NotifyFunction',
    (t) => {
      resource(t, 'NotifyFunction').Properties.VersionDescription = { Ref: 'PaymentProvider' };
    },
  ],
  [
    'version',
    'a change of the block alone that makes no version',
    'ValidateFunction',
    (t) => {
      delete resource(t, 'ValidateFunction').Properties.AutoPublishAliasAllProperties;
    },
  ],
  [
    'version',
    'a description that Lambda refuses',
    'DeliverNotificationFunction',
    (t) => {
      delete t.Parameters.SmsCountries?.MaxLength;
    },
  ],
];

describe('the rules report', () => {
  test.each(MUTATIONS)('%s: %s', (rule, _wrong, state, change) => {
    const changed = structuredClone(template);
    const changedDefinitions = structuredClone(definitions);
    change(changed, changedDefinitions);
    const reported = inspectDelivery(changed, changedDefinitions);
    expect(reported).toContainEqual({ rule, state, message: expect.any(String) });
    expect(new Set(reported.map((finding) => finding.state))).toEqual(new Set([state]));
  });
});

describe('what CloudFormation gets', () => {
  const translated = translate();
  const properties = (id: string) => translated.Resources[id]?.Properties ?? {};

  test('a route, a queue and a stream invoke the alias', () => {
    const sources = resourcesOf('AWS::Lambda::EventSourceMapping', translated);
    expect(sources.map(([, { Properties }]) => Properties.FunctionName)).toEqual(
      expect.arrayContaining([
        { Ref: 'DeliverNotificationFunctionAliaslive' },
        { Ref: 'PublishOrderEventsFunctionAliaslive' },
      ]),
    );
    expect(sources).toHaveLength(2);
    const integrations = [...objectsIn(properties('Api').Body)]
      .map(({ uri }) => uri)
      .filter((uri) => uri !== undefined);
    expect(integrations.length).toBeGreaterThan(10);
    expect(
      integrations.filter(
        (uri) => !JSON.stringify(uri).includes('Function.Alias}') && !JSON.stringify(uri).includes('Aliaslive}'),
      ),
    ).toEqual([]);
  });

  test('old versions stay, so that there is one to go back to', () => {
    const versions = ['AWS::Lambda::Version', 'AWS::StepFunctions::StateMachineVersion'].flatMap((type) =>
      resourcesOf(type, translated),
    );
    expect(versions).toHaveLength(
      resourcesOf('AWS::Serverless::Function').length + resourcesOf('AWS::Serverless::StateMachine').length,
    );
    expect(versions.filter(([, { DeletionPolicy }]) => DeletionPolicy !== 'Retain')).toEqual([]);
  });

  test('create-order and process-order change for a tenth first when the deployment is gradual, and at once otherwise', () => {
    expect(properties('ProcessOrderAliaslive').DeploymentPreference).toEqual({
      Type: { 'Fn::If': ['DeploymentIsGradual', 'CANARY', 'ALL_AT_ONCE'] },
      Percentage: { 'Fn::If': ['DeploymentIsGradual', 10, { Ref: 'AWS::NoValue' }] },
      Interval: { 'Fn::If': ['DeploymentIsGradual', 10, { Ref: 'AWS::NoValue' }] },
      Alarms: [{ Ref: 'OrdersStoppedAlarm' }],
      StateMachineVersionArn: { Ref: 'ProcessOrderVersion' },
    });
    const [condition, gradual, atOnce] = (
      properties('CreateOrderFunctionDeploymentGroup').DeploymentConfigName as { 'Fn::If': Json[] }
    )['Fn::If'];
    expect(condition).toBe('DeploymentIsGradual');
    expect(JSON.stringify(gradual)).toContain('Canary10Percent10Minutes');
    expect(JSON.stringify(atOnce)).toContain('AllAtOnce');
  });

  test('a deployment goes back by itself when an alarm on it rings', () => {
    expect(properties('CreateOrderFunctionDeploymentGroup')).toMatchObject({
      AlarmConfiguration: {
        Enabled: true,
        Alarms: [{ Name: { Ref: 'CreateOrderErrorsAlarm' } }, { Name: { Ref: 'DeploymentErrorsAlarm' } }],
      },
      AutoRollbackConfiguration: { Enabled: true, Events: expect.arrayContaining(['DEPLOYMENT_STOP_ON_ALARM']) },
    });
    const ringing = ['CreateOrderErrorsAlarm', 'DeploymentErrorsAlarm', 'OrdersStoppedAlarm'].map((id) => properties(id));
    // No data is no reason to go back: a shop at night has none.
    expect(ringing.map(({ TreatMissingData }) => TreatMissingData)).toEqual(Array(3).fill('notBreaching'));
    // It rings within the ten minutes in which a tenth is at stake.
    for (const { Period, EvaluationPeriods } of ringing)
      expect(Number(Period) * Number(EvaluationPeriods)).toBeLessThanOrEqual(300);
  });
});
