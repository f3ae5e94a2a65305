import { execFile } from 'node:child_process';

/** What `npm audit` says of the packages that are deployed. */
export type Audit =
  | { answered: true; vulnerable: string[] }
  /** The registry does not answer such questions, or cannot be reached. */
  | { answered: false; reason: string };

/**
 * Asks the registry for known vulnerabilities, high and critical, of the packages that functions are built from.
 * Without an answer nothing is said about them: a machine without a network must still be able to run the tests.
 */
export function audit(): Promise<Audit> {
  return new Promise((resolve) => {
    const options = { timeout: 60_000, maxBuffer: 2 ** 26 };
    execFile('npm', ['audit', '--omit=dev', '--json'], options, (_error, stdout) => resolve(readAudit(stdout)));
  });
}

/** Reads what `npm audit --json` printed. */
export function readAudit(output: string): Audit {
  let report: {
    vulnerabilities?: Record<string, { severity: string }>;
    error?: { summary?: string };
    message?: string;
  };
  try {
    report = JSON.parse(output);
  } catch {
    return { answered: false, reason: 'npm audit gave no report' };
  }
  if (!report.vulnerabilities) {
    return { answered: false, reason: report.message ?? report.error?.summary ?? 'npm audit gave no report' };
  }
  const vulnerable = Object.entries(report.vulnerabilities)
    .filter(([, { severity }]) => severity === 'high' || severity === 'critical')
    .map(([name, { severity }]) => `${name} (${severity})`);
  return { answered: true, vulnerable };
}
