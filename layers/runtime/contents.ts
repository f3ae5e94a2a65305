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
  cognito: ['@aws-sdk/client-cognito-identity-provider'],
  eventbridge: ['@aws-sdk/client-eventbridge'],
  lambda: ['@aws-sdk/client-lambda'],
  s3: ['@aws-sdk/client-s3', '@aws-sdk/s3-presigned-post'],
  'secrets-manager': ['@aws-sdk/client-secrets-manager'],
  ses: ['@aws-sdk/client-sesv2'],
  sfn: ['@aws-sdk/client-sfn'],
  sns: ['@aws-sdk/client-sns'],
  sqs: ['@aws-sdk/client-sqs'],
  stripe: ['stripe'],
};

/** The exports that functions take by `import()`, which a bundle does not name. */
export const IMPORTED_LATER: Readonly<Record<string, readonly string[]>> = {
  stripe: ['default'],
  '@aws-sdk/client-secrets-manager': ['GetSecretValueCommand', 'SecretsManagerClient'],
};
