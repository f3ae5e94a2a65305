import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { parse, stringify } from 'yaml';
import { awsEnvironment } from './mini-stack.ts';
import { run } from './progress.mjs';
import { LOCAL_DIR } from './stack-file.ts';

const SAM = '.venv/sam/bin/sam';
const BUILD_DIR = '.aws-sam/build';

/** Only what makes tests quick; everything else is as the template's defaults say. */
const PARAMETERS = { OrderQueueVisibilitySeconds: '5' };

/** Resource types that the emulator refuses as unknown, and that nothing else in the stack needs. */
const REFUSED_TYPES =
  /^AWS::(Logs::QueryDefinition|StepFunctions::StateMachine(Version|Alias)|CodeDeploy::.+|WAFv2::WebACLAssociation|CloudWatch::CompositeAlarm|SES::Template)$/;

interface Template {
  Resources: Record<string, { Type: string; DependsOn?: string | string[]; Properties?: Record<string, unknown> }>;
  Outputs?: Record<string, unknown>;
}

/**
 * Builds every function with the SAM CLI, as a deployment to AWS does. Never from SAM's cache: that does not look at
 * files outside a function's own folder, such as functions/shared.
 */
export function samBuild(): Promise<void> {
  return run(SAM, ['build', '--no-cached', '--build-dir', BUILD_DIR], {
    log: 'sam-build',
    env: { ...process.env, SAM_CLI_TELEMETRY: '0' },
  });
}

/**
 * Writes the copy of the built template that is deployed here.
 *
 * @returns what was left out of it, as `logical id (type)`
 */
export function writeLocalTemplate(): string[] {
  const template = parse(readFileSync(`${BUILD_DIR}/template.yaml`, 'utf8')) as Template;
  const refused = Object.entries(template.Resources).filter(([, { Type }]) => REFUSED_TYPES.test(Type));
  const names = new Set(refused.map(([name]) => name));
  for (const name of names) delete template.Resources[name];
  for (const resource of Object.values(template.Resources)) {
    if (resource.DependsOn !== undefined) {
      resource.DependsOn = [resource.DependsOn].flat().filter((name) => !names.has(name));
    }
    pointIntoBuild(resource.Properties ?? {});
  }
  for (const [name, output] of Object.entries(template.Outputs ?? {})) {
    if (refersTo(output, names)) delete template.Outputs?.[name];
  }
  mkdirSync(LOCAL_DIR, { recursive: true });
  writeFileSync(`${LOCAL_DIR}/template.yaml`, stringify(template));
  return refused.map(([name, { Type }]) => `${name} (${Type})`);
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
    { log: 'sam-deploy', env: awsEnvironment(endpoint) },
  );
}

/** Paths in the built template are relative to it, and the copy is elsewhere. */
function pointIntoBuild(properties: Record<string, unknown>): void {
  for (const key of ['CodeUri', 'ContentUri', 'DefinitionUri', 'DefinitionBody']) {
    const value = properties[key];
    if (typeof value === 'string' && !value.includes('://')) {
      properties[key] = relative(LOCAL_DIR, `${BUILD_DIR}/${value}`);
    }
  }
}

function refersTo(value: unknown, names: Set<string>): boolean {
  if (typeof value === 'string') return names.has(value.split('.')[0] ?? '');
  if (Array.isArray(value)) return value.some((item) => refersTo(item, names));
  if (typeof value === 'object' && value !== null) {
    return Object.values(value).some((item) => refersTo(item, names));
  }
  return false;
}
