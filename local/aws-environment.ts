/**
 * What the SDKs, the AWS CLI and the SAM CLI read of the environment, and what the local commands set in its place.
 * Nothing of the user's own configuration may lead them to a real account, or to another region or proxy.
 */

export const REGION = 'us-east-1';

/** The account's root. The emulator does not check its requests. Functions get the credentials of their roles. */
export const ROOT = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Whatever the tools might read. A variable of a single service, such as AWS_ENDPOINT_URL_S3, is one of them. */
const OF_THE_TOOLS = /^(AWS|SAM_CLI|BOTO|AMAZON)_/;

/** The hosts at which a local cloud is reached, from this machine and from Docker Desktop. */
const LOCAL_HOSTS = ['127.0.0.1', 'localhost', 'host.docker.internal'];

/** The settings with which the tools reach the emulator. The files of the user's profiles are not read. */
export function localAwsSettings(endpoint: string, users: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const withoutProxy = [...new Set([...LOCAL_HOSTS, ...(users.NO_PROXY ?? users.no_proxy ?? '').split(',')])]
    .filter((host) => host !== '')
    .join(',');
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: ROOT.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ROOT.secretAccessKey,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    SAM_CLI_TELEMETRY: '0',
    // Each tool reads one of the two.
    NO_PROXY: withoutProxy,
    no_proxy: withoutProxy,
  };
}

/** The names of the user's own variables that the tools would read, and that have no local value. */
export function usersAwsVariables(users: NodeJS.ProcessEnv = process.env): string[] {
  const settings = localAwsSettings('', users);
  return Object.keys(users).filter((name) => OF_THE_TOOLS.test(name) && !(name in settings));
}

/** The environment of a command that uses the emulator: the user's, with the local settings in place of theirs. */
export function awsEnvironment(endpoint: string, users: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...users };
  for (const name of usersAwsVariables(users)) delete environment[name];
  return { ...environment, ...localAwsSettings(endpoint, users) };
}

/**
 * Makes this process one that uses the emulator only. The SDK's clients read the environment also where a client names
 * its endpoint and credentials: for retries, FIPS, dual-stack and a profile, which may not exist.
 */
export function useOnlyLocalAws(endpoint: string): void {
  for (const name of usersAwsVariables()) delete process.env[name];
  Object.assign(process.env, localAwsSettings(endpoint));
}
