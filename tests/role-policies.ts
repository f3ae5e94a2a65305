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

/** Whether a statement is about what the product works with, and not only about its logs and traces. */
export function isAboutWork(statement: Statement): boolean {
  return !actionsOf(statement).every((action) => /^(logs|xray):/.test(action));
}

/** The document without one statement, or without one action of it; a statement without actions goes. */
export function without(document: PolicyDocument, statement: Statement, action?: string): PolicyDocument {
  const kept = actionsOf(statement).filter((one) => action !== undefined && one !== action);
  return {
    ...document,
    Statement: document.Statement.flatMap((one) => {
      if (one !== statement) return one;
      return kept.length > 0 ? { ...one, Action: kept } : [];
    }),
  };
}
