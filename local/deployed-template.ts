import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { ROOT } from './mini-stack.ts';

/** What was deployed: the template after its transforms, with references to parameters and resources looked up. */
export interface DeployedTemplate {
  /** Logical id and properties of every resource of a type. */
  resourcesOf(type: string): [string, Record<string, unknown>][];
  physicalId(logicalId: string): string;
  /** Logical ids by physical id. */
  logicalIds: Map<string, string>;
  outputs: Record<string, string>;
}

export async function readDeployedTemplate(
  stackName: string,
  endpoint: string | undefined,
  region: string,
): Promise<DeployedTemplate> {
  const client = new CloudFormationClient({ region, ...(endpoint !== undefined && { endpoint, credentials: ROOT }) });
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
  const stack = Stacks?.[0];
  const { TemplateBody = '{}' } = await client.send(
    new GetTemplateCommand({ StackName: stackName, TemplateStage: 'Processed' }),
  );
  const { Resources, Parameters = {} } = JSON.parse(TemplateBody) as {
    Resources: Record<string, { Type: string; Properties?: Record<string, unknown> }>;
    Parameters?: Record<string, { Default?: unknown }>;
  };

  const physicalIds = new Map<string, string>();
  for await (const page of paginateListStackResources({ client }, { StackName: stackName })) {
    for (const { LogicalResourceId = '', PhysicalResourceId = '' } of page.StackResourceSummaries ?? []) {
      physicalIds.set(LogicalResourceId, PhysicalResourceId);
    }
  }
  const values = new Map<string, string>([
    ['AWS::Region', region],
    ['AWS::StackName', stackName],
    ['AWS::AccountId', stack?.StackId?.split(':')[4] ?? ''],
    ['AWS::Partition', 'aws'],
    ['AWS::URLSuffix', 'amazonaws.com'],
    ...Object.entries(Parameters).map(([name, { Default }]): [string, string] => [name, String(Default)]),
    ...(stack?.Parameters ?? []).map(({ ParameterKey = '', ParameterValue = '' }): [string, string] => [
      ParameterKey,
      ParameterValue,
    ]),
    ...physicalIds,
  ]);

  return {
    resourcesOf: (type) =>
      Object.entries(Resources)
        .filter(([, resource]) => resource.Type === type)
        .map(([name, { Properties = {} }]) => [name, lookUp(Properties, values) as Record<string, unknown>]),
    physicalId: (logicalId) => physicalIds.get(logicalId) ?? '',
    logicalIds: new Map([...physicalIds].map(([logicalId, physicalId]) => [physicalId, logicalId])),
    outputs: Object.fromEntries(
      (stack?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    ),
  };
}

/** Replaces `Ref` and `Fn::Sub` by what they stand for; other functions stay as they are. */
function lookUp(value: unknown, values: Map<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => lookUp(item, values));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref: reference, 'Fn::Sub': text } = value as Record<string, unknown>;
  if (typeof reference === 'string') return values.get(reference) ?? value;
  if (typeof text === 'string') return text.replaceAll(/\$\{([^!}]+)\}/g, (found, name) => values.get(name) ?? found);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, lookUp(item, values)]));
}
