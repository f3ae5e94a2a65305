import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parse, stringify } from 'yaml';
import { ACCOUNT, awsEnvironment, REGION } from './mini-stack.ts';
import { run } from './progress.mjs';
import { causeInOutput } from './sam-output.ts';
import { LOCAL_DIR } from './stack-file.ts';

const SAM = '.venv/sam/bin/sam';
/** Where `sam build` puts every function, in a folder of its logical id. */
export const BUILD_DIR = '.aws-sam/build';

/** The address that e-mails come from. */
export const SENDER = 'shop@example.com';

/** Only what makes tests quick, or lets them see more; everything else is as the template's defaults say. */
const PARAMETERS = {
  OrderQueueMaxReceives: '3',
  // Tests use every fault of the sandbox, and place hundreds of orders as one customer.
  SandboxFaults: 'true',
  CustomerCaps: '1000,100000',
  // Without these two nobody is told anything by e-mail or SMS.
  EmailIdentityArn: `arn:aws:ses:${REGION}:${ACCOUNT}:identity/${SENDER}`,
  SmsCountries: 'NO,US',
};

/** Resource types that the emulator refuses as unknown, and that nothing else in the stack needs. */
const REFUSED_TYPES =
  /^AWS::(Logs::QueryDefinition|StepFunctions::StateMachine(Version|Alias)|CodeDeploy::.+|WAFv2::WebACLAssociation|CloudWatch::CompositeAlarm|SES::Template)$/;

/** What the emulator refuses: those types, and alarms on an expression (metric math) instead of one metric. */
function isRefused({ Type, Properties }: Resource): boolean {
  return REFUSED_TYPES.test(Type) || (Type === 'AWS::CloudWatch::Alarm' && Properties?.Metrics !== undefined);
}

interface Resource {
  Type: string;
  DependsOn?: string | string[];
  Properties?: Record<string, unknown>;
}

interface Template {
  Resources: Record<string, Resource>;
  Outputs?: Record<string, unknown>;
}

/**
 * Builds every function with the SAM CLI, as a deployment to AWS does. Never from SAM's cache: that does not look at
 * files outside a function's own folder, such as functions/shared.
 */
export function samBuild(): Promise<void> {
  return run(SAM, ['build', '--no-cached', '--build-dir', BUILD_DIR], {
    log: 'sam-build',
    cause: causeInOutput,
    env: { ...process.env, SAM_CLI_TELEMETRY: '0' },
  });
}

/**
 * Writes the copies of the built templates, the nested ones included, that are deployed here.
 *
 * @returns what was left out of them, as `logical id (type)` or `logical id (metric math)`
 */
export function writeLocalTemplate(): string[] {
  return writeCopy(`${BUILD_DIR}/template.yaml`, `${LOCAL_DIR}/template.yaml`);
}

function writeCopy(from: string, to: string): string[] {
  const template = parse(readFileSync(from, 'utf8')) as Template;
  const refused = Object.entries(template.Resources).filter(([, resource]) => isRefused(resource));
  const names = new Set(refused.map(([name]) => name));
  for (const name of names) delete template.Resources[name];
  for (const resource of Object.values(template.Resources)) {
    if (resource.DependsOn !== undefined) {
      resource.DependsOn = [resource.DependsOn].flat().filter((name) => !names.has(name));
    }
  }
  for (const [name, output] of Object.entries(template.Outputs ?? {})) {
    if (refersTo(output, names)) delete template.Outputs?.[name];
  }
  const leftOut = refused.map(([name, { Type }]) =>
    REFUSED_TYPES.test(Type) ? `${name} (${Type})` : `${name} (metric math)`,
  );
  mkdirSync(dirname(to), { recursive: true });
  leftOut.push(...relocateFiles(template, dirname(from), dirname(to)));
  writeFileSync(to, stringify(template));
  return leftOut;
}

/** Deploys that copy with the SAM CLI. */
export async function samDeploy(stackName: string, endpoint: string): Promise<void> {
  // An empty configuration, so that nothing of samconfig.toml's stages is asked or applied here.
  writeFileSync(`${LOCAL_DIR}/samconfig.toml`, 'version = 0.1\n');
  await run(
    SAM,
    [
      'deploy',
      ...['--template-file', `${LOCAL_DIR}/template.yaml`],
      ...['--config-file', `${process.cwd()}/${LOCAL_DIR}/samconfig.toml`],
      ...['--stack-name', stackName],
      ...['--capabilities', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'],
      ...['--resolve-s3', '--no-confirm-changeset', '--no-fail-on-empty-changeset', '--no-progressbar'],
      ...['--parameter-overrides', ...Object.entries(PARAMETERS).map(([name, value]) => `${name}=${value}`)],
    ],
    { log: 'sam-deploy', cause: causeInOutput, env: awsEnvironment(endpoint) },
  );
}

/**
 * Points what a template names in `folder` at the same files from `newFolder`, where its copy is. Files that differ
 * here are written anew, into `newFolder`.
 *
 * @returns what was left out of nested templates
 */
function relocateFiles(template: Template, folder: string, newFolder: string): string[] {
  const relocated = (path: string) => relative(newFolder, join(folder, path));
  const leftOut: string[] = [];
  for (const [name, { Type, Properties = {} }] of Object.entries(template.Resources)) {
    relocateIncludes(Properties, relocated);
    for (const key of ['CodeUri', 'ContentUri', 'DefinitionUri', 'Location']) {
      const path = Properties[key];
      if (typeof path !== 'string' || path.includes('://')) continue;
      Properties[key] = relocated(path);
      if (Type === 'AWS::Serverless::StateMachine' && /\.ya?ml$/.test(path)) {
        // The emulator keeps a definition as it gets it, and executions of one in YAML fail with InvalidDefinition.
        Properties[key] = `${name}.asl.json`;
        writeFileSync(`${newFolder}/${name}.asl.json`, JSON.stringify(parse(readFileSync(join(folder, path), 'utf8'))));
      }
      if (Type === 'AWS::Serverless::Application') {
        Properties[key] = `${name}/template.yaml`;
        leftOut.push(...writeCopy(join(folder, path), `${newFolder}/${name}/template.yaml`));
      }
    }
  }
  return leftOut;
}

function relocateIncludes(value: unknown, relocated: (path: string) => string): void {
  if (typeof value !== 'object' || value === null) return;
  const { Name, Parameters } = (value as { 'Fn::Transform'?: Include })['Fn::Transform'] ?? {};
  if (Name === 'AWS::Include' && Parameters) Parameters.Location = relocated(Parameters.Location);
  for (const inner of Object.values(value)) relocateIncludes(inner, relocated);
}

interface Include {
  Name: string;
  Parameters?: { Location: string };
}

function refersTo(value: unknown, names: Set<string>): boolean {
  if (typeof value === 'string') return names.has(value.split('.')[0] ?? '');
  if (Array.isArray(value)) return value.some((item) => refersTo(item, names));
  if (typeof value === 'object' && value !== null) {
    return Object.values(value).some((item) => refersTo(item, names));
  }
  return false;
}
