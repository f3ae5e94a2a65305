import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  ListTablesCommand,
} from '@aws-sdk/client-dynamodb';
import { freePort } from '../../local/free-port.ts';
import { resourcesOf, root } from '../template/template.ts';

/**
 * AWS's own DynamoDB Local: a second engine beside the emulator's, which shows where the emulator is kinder than
 * DynamoDB. It is installed by Maven into .local and kept in memory.
 */
export interface Engine {
  endpoint: string;
  /** The physical name of each table of template.yaml, by logical id. */
  tables: Record<string, string>;
  stop(): void;
}

const REGION = 'us-east-1';
const POM = join(__dirname, 'pom.xml');

/** Starts the engine on a free port, with every table as template.yaml describes it. */
export async function startEngine(): Promise<Engine> {
  const folder = await installed();
  const port = await freePort();
  const log = openSync(join(root, '.local/dynamodb-local.log'), 'w');
  const java = spawn(
    'java',
    [
      `-Djava.library.path=${folder}`,
      '-Xmx2g',
      ...['-cp', `${folder}/*`, 'com.amazonaws.services.dynamodbv2.local.main.ServerRunner'],
      ...['-inMemory', '-sharedDb', '-disableTelemetry', '-port', String(port)],
    ],
    { stdio: ['ignore', log, log] },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new DynamoDBClient({
    region: REGION,
    endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  await untilItAnswers(client, java);
  const tables: Record<string, string> = {};
  for (const [id, { Properties }] of resourcesOf('AWS::DynamoDB::Table')) {
    await client.send(new CreateTableCommand({ ...definitionOf(Properties), TableName: id }));
    tables[id] = id;
  }
  return { endpoint, tables, stop: () => void java.kill('SIGKILL') };
}

/** What DynamoDB itself takes of a table in the template; the rest is for CloudFormation. */
export function definitionOf(properties: Record<string, unknown>) {
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode, StreamSpecification } = properties;
  return {
    AttributeDefinitions,
    KeySchema,
    BillingMode,
    ...(GlobalSecondaryIndexes !== undefined && { GlobalSecondaryIndexes }),
    ...(StreamSpecification !== undefined && { StreamSpecification: { StreamEnabled: true, ...StreamSpecification } }),
  } as Omit<CreateTableCommandInput, 'TableName'>;
}

/** The folder with the engine's files, filled by Maven when it is not there yet. */
async function installed(): Promise<string> {
  const version = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12);
  const folder = join(root, `.local/dynamodb-local-${version}`);
  if (existsSync(folder)) return folder;
  const incoming = `${folder}.new`;
  rmSync(incoming, { recursive: true, force: true });
  mkdirSync(incoming, { recursive: true });
  const options = ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', '-DincludeScope=runtime'];
  await promisify(execFile)('mvn', [...options, `-DoutputDirectory=${incoming}`], { timeout: 300_000 });
  renameSync(incoming, folder);
  return folder;
}

async function untilItAnswers(client: DynamoDBClient, java: ChildProcess): Promise<void> {
  let exited = false;
  java.on('exit', () => {
    exited = true;
  });
  for (const deadline = Date.now() + 60_000; ; await pause(100)) {
    try {
      await client.send(new ListTablesCommand({}));
      return;
    } catch (error) {
      if (exited || Date.now() > deadline) {
        java.kill('SIGKILL');
        throw new Error('DynamoDB Local did not come up; its log is .local/dynamodb-local.log', { cause: error });
      }
    }
  }
}
