import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DescribePipeCommand, PipesClient } from '@aws-sdk/client-pipes';
import { SFNClient, StartSyncExecutionCommand } from '@aws-sdk/client-sfn';
import {
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { readDeployedTemplate } from './deployed-template.ts';
import { ROOT } from './mini-stack.ts';
import { inputTransformer } from './pipe-input.ts';
import { Failure, main } from './progress.mjs';
import { readStackFile } from './stack-file.ts';

// Polls the source of the deployed pipe and starts its target, as EventBridge Pipes does on AWS, because the emulator
// never polls a pipe with an SQS source. SIGTERM ends it after the batches in flight. The queue itself redelivers
// messages and moves them to the dead-letter queue.
//
// With --stack and --pipe it is the pipe of another stack on the same emulator, which `npm run load` makes.

const BATCHES_IN_FLIGHT = 5;
const FAILURES_IN_A_ROW = 30;

interface Pipe {
  sourceArn: string;
  queueUrl: string;
  workflowArn: string;
  batchSize: number;
  transform: (record: object) => unknown;
}

interface PipeProperties {
  SourceParameters?: { SqsQueueParameters?: { BatchSize?: number } };
  TargetParameters?: {
    InputTemplate?: string;
    StepFunctionStateMachineParameters?: { InvocationType?: string };
  };
}

const { values: other } = parseArgs({ options: { stack: { type: 'string' }, pipe: { type: 'string' } } });
const { endpoint, region, ...deployed } = readStackFile();
const { stack: stackName = deployed.stackName, pipe: pipeName = deployed.orderPipeName } = other;
const aws = { region, ...(endpoint !== undefined && { endpoint }), credentials: ROOT };
const sqs = new SQSClient(aws);
// The emulator does not resolve the `sync-` host. The queue redelivers, so that the client does not retry.
const sfn = new SFNClient({ ...aws, disableHostPrefix: true, maxAttempts: 1 });

main(async () => {
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort());

  const pipe = await describePipe(pipeName);
  log(`relaying ${pipeName}: batches of ${pipe.batchSize} from ${pipe.sourceArn} to ${pipe.workflowArn}`);
  await Promise.all(Array.from({ length: BATCHES_IN_FLIGHT }, () => poll(pipe, stopping.signal)));
  log('stopped');
});

/** The deployed pipe's own definition. The emulator keeps a pipe's parameters in the template alone. */
async function describePipe(name: string): Promise<Pipe> {
  const described = await new PipesClient(aws).send(new DescribePipeCommand({ Name: name }));
  const { Source: sourceArn = '', Target: workflowArn = '' } = described;
  const properties = described.TargetParameters ? (described as PipeProperties) : await pipeInTemplate(name);
  const invocation = properties.TargetParameters?.StepFunctionStateMachineParameters?.InvocationType;
  if (!sourceArn.includes(':sqs:') || !workflowArn.includes(':states:') || invocation !== 'REQUEST_RESPONSE') {
    throw new Failure(`The relay knows only pipes from SQS to Step Functions with REQUEST_RESPONSE, unlike ${name}.`);
  }
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: sourceArn.split(':').at(-1) }));
  return {
    sourceArn,
    queueUrl: QueueUrl ?? '',
    workflowArn,
    batchSize: Number(properties.SourceParameters?.SqsQueueParameters?.BatchSize ?? 10),
    transform: inputTransformer(properties.TargetParameters?.InputTemplate),
  };
}

async function pipeInTemplate(name: string): Promise<PipeProperties> {
  const template = await readDeployedTemplate(stackName, endpoint, region);
  const pipe = template.resourcesOf('AWS::Pipes::Pipe').find(([logicalId]) => template.physicalId(logicalId) === name);
  if (!pipe) throw new Failure(`The stack ${stackName} has no pipe ${name}.`);
  return pipe[1];
}

async function poll(pipe: Pipe, stopping: AbortSignal): Promise<void> {
  for (let failures = 0; !stopping.aborted; ) {
    try {
      const messages = await receive(pipe, stopping);
      if (messages.length > 0) await startTarget(pipe, messages);
      failures = 0;
    } catch (error) {
      if (stopping.aborted) return;
      log(`${error}`);
      failures += 1;
      if (failures === FAILURES_IN_A_ROW) throw error;
      await pause(1000);
    }
  }
}

async function receive(pipe: Pipe, stopping: AbortSignal): Promise<Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: pipe.queueUrl,
      MaxNumberOfMessages: pipe.batchSize,
      WaitTimeSeconds: 20,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
    { abortSignal: stopping },
  );
  return Messages;
}

/** Runs the target once for the batch, and deletes the messages that it did not name as failed. */
async function startTarget(pipe: Pipe, messages: Message[]): Promise<void> {
  // The input is an array, also for a batch of one.
  const input = messages.map((message) => pipe.transform(asRecord(message, pipe.sourceArn)));
  const { status, output, error, cause } = await sfn.send(
    new StartSyncExecutionCommand({ stateMachineArn: pipe.workflowArn, input: JSON.stringify(input) }),
  );
  if (status !== 'SUCCEEDED') {
    log(`${messages.length} messages go back: ${status} ${error ?? ''} ${cause ?? ''}`);
    return;
  }
  const goBack = failedMessages(output, messages);
  if (goBack.size > 0) log(`${goBack.size} of ${messages.length} messages go back: ${[...goBack].join(' ')}`);
  const done = messages.filter(({ MessageId = '' }) => !goBack.has(MessageId));
  if (done.length === 0) return;
  const { Failed = [] } = await sqs.send(
    new DeleteMessageBatchCommand({
      QueueUrl: pipe.queueUrl,
      Entries: done.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
    }),
  );
  // Such a message is delivered again, as at-least-once delivery allows.
  for (const failure of Failed) log(`not deleted: ${failure.Code} ${failure.Message}`);
}

/** The ids in `batchItemFailures`; all of them when it names a message that is not in the batch. */
function failedMessages(output: string | undefined, messages: Message[]): Set<string> {
  const ids = new Set(messages.map(({ MessageId = '' }) => MessageId));
  const answer = JSON.parse(output ?? 'null') as { batchItemFailures?: { itemIdentifier: string }[] } | null;
  const failed = new Set(answer?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
  return [...failed].every((id) => ids.has(id)) ? failed : ids;
}

function asRecord(message: Message, sourceArn: string): object {
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: message.MessageAttributes ?? {},
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: sourceArn,
    awsRegion: region,
  };
}

function log(line: string): void {
  console.log(`${new Date().toISOString()} ${line}`);
}
