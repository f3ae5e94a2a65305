import { GetQueueAttributesCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { DeployedTemplate } from './deployed-template.ts';
import { ROOT } from './mini-stack.ts';

/** How long a received message stays hidden here. On AWS it is minutes, and a test of a retry would wait as long. */
const VISIBILITY_SECONDS = 5;
/** After how many receives a message is a dead letter here. On AWS it is five. */
const RECEIVES: Readonly<Record<string, number>> = {
  // A test of dead letters would wait longer.
  OrderQueue: 3,
  // A delivery belongs to one worker for as long as that may run, a minute. Five receives are over before here, and a
  // message whose worker lost the answer to its first write would be given up unsent.
  NotificationQueue: 14,
};

/**
 * Lets every queue that is retried hide a received message for only a few seconds, and give up after as many receives as
 * that needs.
 *
 * @returns the logical ids of those queues
 */
export async function shortenRetries(template: DeployedTemplate, endpoint: string, region: string): Promise<string[]> {
  const sqs = new SQSClient({ endpoint, region, credentials: ROOT });
  const retried = template.resourcesOf('AWS::SQS::Queue').filter(([, { RedrivePolicy }]) => RedrivePolicy);
  for (const [logicalId] of retried) {
    const QueueUrl = template.physicalId(logicalId);
    const Attributes: Record<string, string> = { VisibilityTimeout: String(VISIBILITY_SECONDS) };
    const receives = RECEIVES[logicalId];
    if (receives !== undefined) {
      const { Attributes: { RedrivePolicy = '{}' } = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] }),
      );
      Attributes.RedrivePolicy = JSON.stringify({ ...JSON.parse(RedrivePolicy), maxReceiveCount: receives });
    }
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  }
  return retried.map(([logicalId]) => logicalId);
}
