import { GetQueueAttributesCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { DeployedTemplate } from './deployed-template.ts';
import { ROOT } from './mini-stack.ts';

/** How long a received message stays hidden here. On AWS it is minutes, and a test of a retry would wait as long. */
const VISIBILITY_SECONDS = 5;
/** After how many receives an order message is a dead letter here. On AWS it is five, and a test would wait longer. */
const ORDER_RECEIVES = 3;

/**
 * Lets every queue that is retried hide a received message for only a few seconds, and the queue of orders give up
 * earlier.
 *
 * @returns the logical ids of those queues
 */
export async function shortenVisibility(
  template: DeployedTemplate,
  endpoint: string,
  region: string,
): Promise<string[]> {
  const sqs = new SQSClient({ endpoint, region, credentials: ROOT });
  const retried = template.resourcesOf('AWS::SQS::Queue').filter(([, { RedrivePolicy }]) => RedrivePolicy);
  for (const [logicalId] of retried) {
    const QueueUrl = template.physicalId(logicalId);
    const Attributes: Record<string, string> = { VisibilityTimeout: String(VISIBILITY_SECONDS) };
    if (logicalId === 'OrderQueue') {
      const { Attributes: { RedrivePolicy = '{}' } = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] }),
      );
      Attributes.RedrivePolicy = JSON.stringify({ ...JSON.parse(RedrivePolicy), maxReceiveCount: ORDER_RECEIVES });
    }
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  }
  return retried.map(([logicalId]) => logicalId);
}
