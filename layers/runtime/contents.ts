/** What the layer has. Everything else is in the functions' own bundles. */

/** The packages of the layer's core: every function loads them, or the SDK's clients share them. */
const CORE = [
  '@aws-lambda-powertools/commons',
  '@aws-lambda-powertools/logger',
  '@aws-lambda-powertools/metrics',
  '@aws-lambda-powertools/tracer',
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/core',
  '@aws-sdk/credential-provider-node',
  '@aws-sdk/lib-dynamodb',
  '@aws-sdk/util-dynamodb',
  '@middy/core',
  '@smithy/core',
  '@smithy/node-http-handler',
  '@smithy/signature-v4',
];

/** The packages of each file of the layer. A file but the core is read only where one of its packages is used. */
export const LAYER_FILES: Readonly<Record<string, readonly string[]>> = {
  core: CORE,
  stripe: ['stripe'],
  'secrets-manager': ['@aws-sdk/client-secrets-manager'],
};

/** The exports that functions take by `import()`, which a bundle does not name. */
export const IMPORTED_LATER: Readonly<Record<string, readonly string[]>> = {
  stripe: ['default'],
  '@aws-sdk/client-secrets-manager': ['GetSecretValueCommand', 'SecretsManagerClient'],
};
