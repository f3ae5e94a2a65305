/** What is read of a state machine's definition. */
export interface WorkflowDefinition {
  StartAt: string;
  States: Record<string, WorkflowState>;
}

interface WorkflowState {
  Type: string;
  Resource?: string;
  Next?: string;
  End?: boolean;
  Arguments?: { FunctionName?: string };
}

/** One state of the path on which nothing fails. */
export interface Step {
  name: string;
  /** The function that it invokes; absent when it does something else. */
  functionName?: string;
}

interface ChainParts {
  stackName: string;
  /** The deployed process-order. */
  workflow: WorkflowDefinition;
  /** The deployed dispatch-orders, as JSON. */
  dispatch: string;
  orderWorkflowArn: string;
}

/**
 * The states that an order passes when nothing fails.
 *
 * @throws Error when the path has no end, or chooses
 */
export function happyPath({ StartAt, States }: WorkflowDefinition): Step[] {
  const steps: Step[] = [];
  for (let name: string | undefined = StartAt; name !== undefined; ) {
    const state: WorkflowState | undefined = States[name];
    if (!state || state.Type === 'Choice' || steps.some((step) => step.name === name)) {
      throw new Error(`the path of an order cannot be followed at ${name}`);
    }
    const functionName = state.Resource?.includes(':lambda:invoke') ? state.Arguments?.FunctionName : undefined;
    steps.push({ name, ...(functionName !== undefined && { functionName }) });
    name = state.Next;
  }
  return steps;
}

const EMPTY_HANDLER = 'exports.handler = async () => ({ statusCode: 202, body: "{}" });';

/**
 * A template for as many states and invocations as an order has, with empty functions: one for each function that an
 * order meets. A state that invokes none is a Pass. Dispatch is the deployed one, with this workflow as its target.
 */
export function emptyChainTemplate({ stackName, workflow, dispatch, orderWorkflowArn }: ChainParts): object {
  const path = happyPath(workflow);
  const originals = [...new Set(path.flatMap(({ functionName }) => functionName ?? []))];
  const logicalIdOf = (original: string) => `Empty${originals.indexOf(original)}Function`;
  const arn = (service: string, resource: string) => ({
    'Fn::Sub': `arn:aws:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`,
  });
  const workflowName = `${stackName}-workflow`;

  const states = path.map(({ name, functionName }, index) => {
    const next = path[index + 1];
    const task =
      functionName === undefined
        ? { Type: 'Pass' }
        : {
            Type: 'Task',
            Resource: 'arn:aws:states:::lambda:invoke',
            Arguments: { FunctionName: `\${${logicalIdOf(functionName)}Arn}`, Payload: {} },
            Output: {},
          };
    return [name, { ...task, ...(next ? { Next: next.name } : { End: true }) }];
  });
  const definition = { QueryLanguage: 'JSONata', StartAt: path[0]?.name, States: Object.fromEntries(states) };

  const emptyFunction = (logicalId: string) => ({
    [logicalId]: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: `${stackName}-${logicalId}`,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        MemorySize: 512,
        Timeout: 10,
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Code: { ZipFile: EMPTY_HANDLER },
      },
    },
  });
  const role = { 'Fn::GetAtt': ['Role', 'Arn'] };
  return {
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: ['lambda', 'states', 'pipes'].map((service) => ({
              Effect: 'Allow',
              Principal: { Service: `${service}.amazonaws.com` },
              Action: 'sts:AssumeRole',
            })),
          },
          Policies: [
            {
              PolicyName: 'empty-chain',
              PolicyDocument: {
                Version: '2012-10-17',
                Statement: [
                  {
                    Effect: 'Allow',
                    Action: 'lambda:InvokeFunction',
                    Resource: arn('lambda', `function:${stackName}-*`),
                  },
                  {
                    Effect: 'Allow',
                    Action: 'states:StartExecution',
                    Resource: arn('states', `stateMachine:${workflowName}`),
                  },
                ],
              },
            },
          ],
        },
      },
      ...emptyFunction('PostFunction'),
      ...Object.assign({}, ...originals.map((original) => emptyFunction(logicalIdOf(original)))),
      Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: stackName } },
      Orders: {
        Type: 'AWS::ApiGateway::Resource',
        Properties: {
          RestApiId: { Ref: 'Api' },
          ParentId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
          PathPart: 'orders',
        },
      },
      Post: {
        Type: 'AWS::ApiGateway::Method',
        Properties: {
          RestApiId: { Ref: 'Api' },
          ResourceId: { Ref: 'Orders' },
          HttpMethod: 'POST',
          AuthorizationType: 'NONE',
          Integration: {
            Type: 'AWS_PROXY',
            IntegrationHttpMethod: 'POST',
            Uri: {
              'Fn::Sub': `arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${PostFunction.Arn}/invocations`,
            },
          },
        },
      },
      MayPost: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          FunctionName: { Ref: 'PostFunction' },
          Action: 'lambda:InvokeFunction',
          Principal: 'apigateway.amazonaws.com',
        },
      },
      Deployment: {
        Type: 'AWS::ApiGateway::Deployment',
        DependsOn: 'Post',
        Properties: { RestApiId: { Ref: 'Api' } },
      },
      Stage: {
        Type: 'AWS::ApiGateway::Stage',
        Properties: { RestApiId: { Ref: 'Api' }, DeploymentId: { Ref: 'Deployment' }, StageName: 'api' },
      },
      Queue: { Type: 'AWS::SQS::Queue', Properties: { ReceiveMessageWaitTimeSeconds: 20 } },
      Pipe: {
        Type: 'AWS::Pipes::Pipe',
        Properties: {
          RoleArn: role,
          Source: { 'Fn::GetAtt': ['Queue', 'Arn'] },
          SourceParameters: { SqsQueueParameters: { BatchSize: 10 } },
          Target: { Ref: 'Dispatch' },
          TargetParameters: {
            InputTemplate: '{"messageId": <$.messageId>, "body": <$.body>}',
            StepFunctionStateMachineParameters: { InvocationType: 'REQUEST_RESPONSE' },
          },
        },
      },
      Workflow: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          StateMachineName: workflowName,
          StateMachineType: 'STANDARD',
          RoleArn: role,
          DefinitionString: JSON.stringify(definition),
          DefinitionSubstitutions: Object.fromEntries(
            originals.map((original) => [
              `${logicalIdOf(original)}Arn`,
              { 'Fn::GetAtt': [logicalIdOf(original), 'Arn'] },
            ]),
          ),
        },
      },
      Dispatch: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          StateMachineType: 'EXPRESS',
          RoleArn: role,
          DefinitionString: dispatch.replaceAll(orderWorkflowArn, `\${WorkflowArn}`),
          DefinitionSubstitutions: { WorkflowArn: { Ref: 'Workflow' } },
        },
      },
      EndsQueue: { Type: 'AWS::SQS::Queue', Properties: { ReceiveMessageWaitTimeSeconds: 20 } },
      EndsQueuePolicy: {
        Type: 'AWS::SQS::QueuePolicy',
        Properties: {
          Queues: [{ Ref: 'EndsQueue' }],
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { Service: 'events.amazonaws.com' },
                Action: 'sqs:SendMessage',
                Resource: { 'Fn::GetAtt': ['EndsQueue', 'Arn'] },
              },
            ],
          },
        },
      },
      Ends: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventPattern: {
            source: ['aws.states'],
            'detail-type': ['Step Functions Execution Status Change'],
            detail: {
              status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'],
              stateMachineArn: [orderWorkflowArn, { Ref: 'Workflow' }],
            },
          },
          Targets: [{ Id: 'ends', Arn: { 'Fn::GetAtt': ['EndsQueue', 'Arn'] } }],
        },
      },
    },
    Outputs: {
      ApiId: { Value: { Ref: 'Api' } },
      QueueUrl: { Value: { Ref: 'Queue' } },
      EndsQueueUrl: { Value: { Ref: 'EndsQueue' } },
      PipeName: { Value: { Ref: 'Pipe' } },
    },
  };
}
