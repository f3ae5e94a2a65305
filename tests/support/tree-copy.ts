import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '../..');
/** What is installed. A copy uses it where it is. */
const INSTALLED = ['node_modules', 'build/api-types/node_modules', '.venv'];

/** A copy of the project's files in a temporary folder, in which a test may break things. */
export class TreeCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'order-processing-'));

  /** @param options.installed false for a copy like a fresh clone, into which nothing has been installed */
  constructor({ installed = true } = {}) {
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT })
      .toString()
      .split('\0');
    for (const file of files.filter((name) => name !== '')) {
      mkdirSync(join(this.folder, dirname(file)), { recursive: true });
      cpSync(join(ROOT, file), join(this.folder, file), { force: true });
    }
    for (const path of installed ? INSTALLED : []) symlinkSync(join(ROOT, path), join(this.folder, path));
  }

  /** Replaces a text of a file, the first one of that kind. @throws Error when the file does not have it */
  change(file: string, text: string, replacement: string): void {
    const path = join(this.folder, file);
    const before = readFileSync(path, 'utf8');
    if (!before.includes(text)) throw new Error(`${file} has no ${text}`);
    writeFileSync(
      path,
      before.replace(text, () => replacement),
    );
  }

  /** Puts files back as they are in the project. */
  restore(...files: string[]): void {
    for (const file of files) cpSync(join(ROOT, file), join(this.folder, file), { force: true });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
