import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Stands in for the SDK's whole chain of credential providers, by `Alias` in each function's BuildProperties: Lambda
 * always puts credentials into the environment, and the other ways to find some cost every cold start.
 */
export const defaultProvider = fromEnv;
