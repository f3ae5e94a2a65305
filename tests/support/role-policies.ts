import {
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { aws } from './stack.ts';

export const iam = new IAMClient(aws);
const lambda = new LambdaClient(aws);

export interface Statement {
  Sid?: string;
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
}

export interface PolicyDocument {
  Version: string;
  Statement: Statement[];
}

export interface Role {
  name: string;
  /** The policies written into the role itself, by name. */
  policies: Record<string, PolicyDocument>;
  /** ARNs of the managed policies, which are about traces and log delivery alone. */
  managed: string[];
}

/** The role of a deployed function, as IAM has it now. */
export async function roleOf(functionName: string): Promise<Role> {
  const { Role: arn = '' } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: functionName }));
  const RoleName = arn.slice(arn.lastIndexOf('/') + 1);
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  const policies: Role['policies'] = {};
  for (const PolicyName of PolicyNames) {
    const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
    policies[PolicyName] = JSON.parse(decodeURIComponent(PolicyDocument)) as PolicyDocument;
  }
  const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  return { name: RoleName, policies, managed: AttachedPolicies.flatMap(({ PolicyArn }) => PolicyArn ?? []) };
}

export async function putPolicy(RoleName: string, PolicyName: string, document: PolicyDocument): Promise<void> {
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: JSON.stringify(document) }));
}

export function actionsOf({ Action }: Statement): string[] {
  return [Action].flat();
}

export function resourcesOf({ Resource }: Statement): string[] {
  return [Resource].flat();
}

/** Whether a statement is about what the product works with, and not only about its logs and traces. */
export function isAboutWork(statement: Statement): boolean {
  return !actionsOf(statement).every((action) => /^(logs|xray):/.test(action));
}

/** What to take out of a statement; all of it when nothing is said. */
export interface Part {
  action?: string;
  resource?: string;
}

/** The document without a statement of it, or without an action or a resource of that statement. */
export function without(
  document: PolicyDocument,
  statement: Statement,
  { action, resource }: Part = {},
): PolicyDocument {
  const rest = {
    ...statement,
    ...(action !== undefined && { Action: actionsOf(statement).filter((one) => one !== action) }),
    ...(resource !== undefined && { Resource: resourcesOf(statement).filter((one) => one !== resource) }),
  };
  const whole = action === undefined && resource === undefined;
  return {
    ...document,
    Statement: document.Statement.flatMap((one) => {
      if (one !== statement) return one;
      return whole || rest.Action.length === 0 || rest.Resource.length === 0 ? [] : rest;
    }),
  };
}
