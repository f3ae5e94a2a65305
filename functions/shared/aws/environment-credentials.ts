import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Replaces the SDK's chain of credential providers, through `Alias` in each function's BuildProperties. Lambda always
 * puts credentials into the environment, and to load the other providers makes every cold start slower.
 */
export const defaultProvider = fromEnv;
