import {
  CloudFrontClient,
  GetDistributionConfigCommand,
  type Origin,
  UpdateDistributionCommand,
} from '@aws-sdk/client-cloudfront';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ROOT } from './mini-stack.ts';

interface LocalApi {
  apiId: string;
  endpoint: string;
  region: string;
}

/**
 * Lets the deployed distribution reach the deployed API. The emulator answers 502 for an origin at AWS's host name of an
 * API, and serves the same API below a path of its own, without TLS. It also leaves a reference to a secret as it stands
 * when that is in a nested stack.
 */
export async function reachApiFromDistribution(distributionId: string, api: LocalApi): Promise<void> {
  const { endpoint, region } = api;
  const cloudfront = new CloudFrontClient({ endpoint, region, credentials: ROOT });
  const { DistributionConfig, ETag } = await cloudfront.send(new GetDistributionConfigCommand({ Id: distributionId }));
  if (!DistributionConfig) throw new Error(`there is no distribution ${distributionId}`);
  const Items = await Promise.all(
    (DistributionConfig.Origins?.Items ?? []).map((origin) =>
      /\.execute-api\./.test(origin.DomainName ?? '') ? localOrigin(origin, api) : origin,
    ),
  );
  await cloudfront.send(
    new UpdateDistributionCommand({
      Id: distributionId,
      IfMatch: ETag,
      DistributionConfig: { ...DistributionConfig, Origins: { Quantity: Items.length, Items } },
    }),
  );
}

async function localOrigin(origin: Origin, { apiId, endpoint, region }: LocalApi): Promise<Origin> {
  const secrets = new SecretsManagerClient({ endpoint, region, credentials: ROOT });
  const headers = (origin.CustomHeaders?.Items ?? []).map(async ({ HeaderName, HeaderValue = '' }) => {
    const SecretId = /^\{\{resolve:secretsmanager:(.+)\}\}$/.exec(HeaderValue)?.[1];
    if (SecretId === undefined) return { HeaderName, HeaderValue };
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId }));
    return { HeaderName, HeaderValue: SecretString };
  });
  return {
    ...origin,
    DomainName: 'localhost',
    OriginPath: `/_aws/execute-api/${apiId}`,
    CustomHeaders: { Quantity: headers.length, Items: await Promise.all(headers) },
    CustomOriginConfig: {
      ...origin.CustomOriginConfig,
      HTTPPort: Number(new URL(endpoint).port),
      HTTPSPort: 443,
      OriginProtocolPolicy: 'http-only',
    },
  };
}
