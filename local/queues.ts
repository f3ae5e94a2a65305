import { SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { DeployedTemplate } from './deployed-template.ts';
import { ROOT } from './mini-stack.ts';

/** How long a received message stays hidden here. On AWS it is minutes, and a test of a retry would wait as long. */
const VISIBILITY_SECONDS = 5;

/**
 * Lets every queue that is retried hide a received message for only a few seconds.
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
    await sqs.send(
      new SetQueueAttributesCommand({
        QueueUrl: template.physicalId(logicalId),
        Attributes: { VisibilityTimeout: String(VISIBILITY_SECONDS) },
      }),
    );
  }
  return retried.map(([logicalId]) => logicalId);
}
