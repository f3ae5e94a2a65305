import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LambdaClient, UpdateAliasCommand, UpdateFunctionCodeCommand } from '@aws-sdk/client-lambda';
import { SFNClient, UpdateStateMachineCommand } from '@aws-sdk/client-sfn';
import { zipSync } from 'fflate';
import { parse } from 'yaml';
import { BUILD_DIR } from './deploy.ts';
import type { DeployedTemplate } from './deployed-template.ts';
import type { Bundle } from './function-bundles.ts';
import { Failure } from './progress.mjs';
import type { Connection } from './seed.ts';
import { findingsOf } from './workflow-findings.ts';

/** The alias through which everything invokes, as template.yaml says. */
const LIVE = 'live';

/**
 * Gives a deployed function other code, in a version that its alias then names, also in the build folder, which `sam local invoke` and `npm run logs` read.
 * Invocations that run end with the old code.
 *
 * @returns when the next invocation runs the new code
 */
export async function updateFunction(
  { functionId, files }: Bundle,
  template: DeployedTemplate,
  connection: Connection,
): Promise<void> {
  const lambda = new LambdaClient(connection);
  const FunctionName = template.physicalId(functionId);
  if (FunctionName === '') throw new Failure(`${functionId} is not deployed`);
  const { Version } = await lambda.send(
    new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zipSync(files), Publish: true }),
  );
  await lambda.send(new UpdateAliasCommand({ FunctionName, Name: LIVE, FunctionVersion: Version }));
  mkdirSync(join(BUILD_DIR, functionId), { recursive: true });
  for (const [path, content] of Object.entries(files)) writeFileSync(join(BUILD_DIR, functionId, path), content);
}

interface WorkflowResource {
  Type: string;
  Properties?: { DefinitionUri?: string };
}

/**
 * Gives the deployed workflow of a file its new definition, with the substitutions of the deployed template. Executions
 * that run end with the old one.
 *
 * @param file such as `statemachine/process-order.asl.yaml`
 * @throws Failure with file and line, when the workflow is broken: then the old one stays
 */
export async function updateWorkflow(file: string, template: DeployedTemplate, connection: Connection): Promise<void> {
  const { Resources } = parse(readFileSync('template.yaml', 'utf8'), { logLevel: 'silent' }) as {
    Resources: Record<string, WorkflowResource>;
  };
  const [logicalId] =
    Object.entries(Resources).find(
      ([, { Type, Properties }]) => Type === 'AWS::Serverless::StateMachine' && Properties?.DefinitionUri === file,
    ) ?? [];
  if (logicalId === undefined) throw new Failure(`${file} is the definition of no state machine of template.yaml`);
  const values = substitutionsOf(logicalId, template);
  const text = readFileSync(file, 'utf8');
  const findings = findingsOf(file, text, [...values.keys()]);
  if (findings.length > 0) throw new Failure(findings.join('\n'));
  const definition = JSON.stringify(parse(text)).replaceAll(
    /\$\{(\w+)\}/g,
    (found, name: string) => values.get(name) ?? found,
  );
  await new SFNClient(connection).send(
    new UpdateStateMachineCommand({ stateMachineArn: template.physicalId(logicalId), definition }),
  );
}

function substitutionsOf(logicalId: string, template: DeployedTemplate): Map<string, string> {
  const machines = template.resourcesOf('AWS::StepFunctions::StateMachine');
  const properties = machines.find(([id]) => id === logicalId)?.[1] ?? {};
  const substitutions = Object.entries((properties.DefinitionSubstitutions ?? {}) as Record<string, unknown>);
  return new Map(
    substitutions.map(([name, value]): [string, string] => {
      if (typeof value === 'string') return [name, value];
      throw new Failure(`a substitution that only a deployment knows: ${JSON.stringify(value)}`);
    }),
  );
}
