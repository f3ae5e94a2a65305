import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { openSync } from 'node:fs';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { readDeployedTemplate } from '../../../local/deployed-template.ts';
import { awsEnvironment } from '../../../local/mini-stack.ts';
import { programOf } from '../../../local/processes.cjs';
import { LOCAL_DIR } from '../../../local/stack-file.ts';
import { aws, sfn, sqs, stack } from '../../support/stack.ts';
import { emptyChainTemplate, happyPath, type WorkflowDefinition } from './empty-chain-template.ts';

/** A way from a POST to the end of an execution. */
export interface Chain {
  name: 'orders' | 'empty chain';
  /** Sends one on its way. Returns the name of its execution, once the POST is answered. */
  send(): Promise<string>;
}

/** The chain of empty functions, and the queue that hears of the ends of its executions and of those of orders. */
export interface EmptyChain extends Chain {
  /** States that a message passes, as many as an order does. */
  states: string[];
  endsQueueUrl: string;
  close(): Promise<void>;
}

const cloudFormation = new CloudFormationClient(aws);

/**
 * Deploys the chain to the running local cloud, as a stack of its own with a relay of its own.
 *
 * Its API is open and its first function does nothing, so that this program sends the message to the queue. That is
 * one call of the emulator, as with an order.
 */
export async function openEmptyChain(): Promise<EmptyChain> {
  const { endpoint = '', region, dispatchWorkflowArn, orderWorkflowArn } = stack;
  const stackName = `empty-chain-${randomUUID().slice(0, 8)}`;
  const workflow = JSON.parse(await definitionOf(orderWorkflowArn)) as WorkflowDefinition;
  const template = emptyChainTemplate({
    stackName,
    workflow,
    dispatch: await definitionOf(dispatchWorkflowArn),
    orderWorkflowArn,
  });
  await cloudFormation.send(
    new CreateStackCommand({
      StackName: stackName,
      TemplateBody: JSON.stringify(template),
      Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
    }),
  );
  await waitUntilStackCreateComplete(
    { client: cloudFormation, maxWaitTime: 60, minDelay: 1 },
    { StackName: stackName },
  );
  const { outputs } = await readDeployedTemplate(stackName, endpoint, region);
  const { ApiId = '', QueueUrl = '', EndsQueueUrl = '', PipeName = '' } = outputs;
  const url = `${endpoint}/_aws/execute-api/${ApiId}/api/orders`;
  const relay = startRelay(stackName, PipeName, endpoint);
  return {
    name: 'empty chain',
    states: happyPath(workflow).map(({ name }) => name),
    endsQueueUrl: EndsQueueUrl,
    async send() {
      const orderId = randomUUID();
      const answer = await fetch(url, { method: 'POST', body: '{}' });
      if (!answer.ok) throw new Error(`the empty chain answered ${answer.status} ${await answer.text()}`);
      await answer.text();
      const MessageBody = JSON.stringify({ orderId, createdAt: new Date().toISOString() });
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
      return orderId;
    },
    async close() {
      relay.kill('SIGTERM');
      await cloudFormation.send(new DeleteStackCommand({ StackName: stackName }));
    },
  };
}

async function definitionOf(stateMachineArn: string): Promise<string> {
  const { definition = '' } = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
  return definition;
}

/** The relay of the local cloud once more, for the other pipe. */
function startRelay(stackName: string, pipe: string, endpoint: string): ChildProcess {
  const log = openSync(`${LOCAL_DIR}/empty-chain-relay.log`, 'a');
  return spawn(
    process.execPath,
    ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', programOf('pipe-relay'), '--stack', stackName, '--pipe', pipe],
    { env: awsEnvironment(endpoint), stdio: ['ignore', log, log] },
  );
}
