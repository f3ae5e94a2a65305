import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { localAwsSettings } from './aws-environment.ts';
import { LOCAL_DIR, type Stack } from './stack-file.ts';

/** What a POSIX shell reads with `. .local/shell`. */
export const SHELL_FILE = `${LOCAL_DIR}/shell`;

/** What a shell is told of the running stack. */
export type ShellStack = Pick<Stack, 'endpoint' | 'apiUrl' | 'apiKey' | 'stackName'>;

/** Writes `.local/shell` whole or not at all. */
export function writeShellFile(stack: ShellStack): void {
  mkdirSync(LOCAL_DIR, { recursive: true });
  writeFileSync(`${SHELL_FILE}.new`, shellText(stack));
  renameSync(`${SHELL_FILE}.new`, SHELL_FILE);
}

/**
 * What makes a shell one of the local cloud: API_URL, API_KEY and STACK_NAME, `sam` of this project, and the local
 * settings in place of the user's own AWS settings. It holds for that shell alone.
 */
export function shellText({ endpoint = '', apiUrl, apiKey, stackName }: ShellStack): string {
  const { NO_PROXY = '', no_proxy: _, ...settings } = localAwsSettings(endpoint, {});
  const variables = { ...settings, API_URL: apiUrl, API_KEY: apiKey, STACK_NAME: stackName };
  const bin = resolve('local/bin');
  return `# \`. .local/shell\` makes a shell one of the local cloud. \`npm start\` writes it.
unset $(env | sed -n 's/^\\([A-Z]*_[A-Za-z0-9_]*\\)=.*/\\1/p' | grep -E '^(AWS|SAM_CLI|BOTO|AMAZON)_') NOTHING
${Object.entries(variables)
  .map(([name, value]) => `export ${name}=${quoted(value)}`)
  .join('\n')}
case ",\${NO_PROXY:=\${no_proxy:-}}," in
  *,${NO_PROXY},*) ;;
  *) NO_PROXY=${NO_PROXY}"\${NO_PROXY:+,$NO_PROXY}" ;;
esac
export NO_PROXY no_proxy="$NO_PROXY"
case ":$PATH:" in
  *:${quoted(bin)}:*) ;;
  *) export PATH=${quoted(bin)}":$PATH" ;;
esac
`;
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
