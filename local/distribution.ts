import {
  CloudFrontClient,
  GetDistributionConfigCommand,
  type Origin,
  UpdateDistributionCommand,
} from '@aws-sdk/client-cloudfront';
import { ROOT } from './mini-stack.ts';

/**
 * Lets the deployed distribution reach the deployed API. The emulator answers 502 for an origin at AWS's host name of an
 * API, and serves the same API below a path of its own, without TLS. Everything else of the origin stays, with the key.
 */
export async function reachApiFromDistribution(
  distributionId: string,
  { apiId, endpoint, region }: { apiId: string; endpoint: string; region: string },
): Promise<void> {
  const cloudfront = new CloudFrontClient({ endpoint, region, credentials: ROOT });
  const { DistributionConfig, ETag } = await cloudfront.send(new GetDistributionConfigCommand({ Id: distributionId }));
  if (!DistributionConfig) throw new Error(`there is no distribution ${distributionId}`);
  const { Origins } = DistributionConfig;
  const here = (origin: Origin): Origin => ({
    ...origin,
    DomainName: 'localhost',
    OriginPath: `/_aws/execute-api/${apiId}`,
    CustomOriginConfig: {
      ...origin.CustomOriginConfig,
      HTTPPort: Number(new URL(endpoint).port),
      HTTPSPort: 443,
      OriginProtocolPolicy: 'http-only',
    },
  });
  const Items = Origins?.Items?.map((origin) =>
    /\.execute-api\./.test(origin.DomainName ?? '') ? here(origin) : origin,
  );
  await cloudfront.send(
    new UpdateDistributionCommand({
      Id: distributionId,
      IfMatch: ETag,
      DistributionConfig: { ...DistributionConfig, Origins: { Quantity: Items?.length, Items } },
    }),
  );
}
