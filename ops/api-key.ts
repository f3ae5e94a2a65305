import { APIGatewayClient, GetApiKeyCommand } from '@aws-sdk/client-api-gateway';
import { connectionOf } from '../local/function-logs.ts';
import type { Stack } from '../local/stack-file.ts';

/** The value of the stack's API key, which AWS tells whoever may read it. */
export async function apiKeyOf(stack: Stack): Promise<string> {
  const client = new APIGatewayClient(connectionOf(stack));
  const { value = '' } = await client.send(
    new GetApiKeyCommand({ apiKey: stack.outputs.ApiKeyId, includeValue: true }),
  );
  return value;
}
