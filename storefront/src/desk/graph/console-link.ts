/** The host of the console in each partition, after the region's own part. */
const CONSOLES: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** The account of emulators, which have no console. */
const EMULATED = '000000000000';

/** The address of an execution in the Step Functions console. Undefined where there is no console for it. */
export function consoleLink(executionArn: string): string | undefined {
  const match = /^arn:([a-z-]+):states:([a-z0-9-]+):(\d{12}):execution:[^\s:]+:[^\s:]+$/.exec(executionArn);
  const [, partition = '', region = '', account] = match ?? [];
  const host = Object.hasOwn(CONSOLES, partition) ? CONSOLES[partition] : undefined;
  if (host === undefined || account === EMULATED) return undefined;
  return `https://${region}.${host}/states/home?region=${region}#/v2/executions/details/${executionArn}`;
}
