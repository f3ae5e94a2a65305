/** The settings of somebody who works with AWS behind a proxy. Each would break a command that obeyed it. */
export const HOSTILE_SETTINGS = {
  AWS_PROFILE: 'production',
  AWS_REGION: 'eu-north-1',
  AWS_ENDPOINT_URL_LAMBDA: 'http://127.0.0.1:9',
  AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9',
  AWS_USE_FIPS_ENDPOINT: 'true',
  AWS_RETRY_MODE: 'nonsense',
  AWS_SESSION_TOKEN: 'real',
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  http_proxy: 'http://127.0.0.1:9',
  https_proxy: 'http://127.0.0.1:9',
  NODE_USE_ENV_PROXY: '1',
};
