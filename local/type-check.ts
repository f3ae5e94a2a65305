import { type ChildProcess, spawn } from 'node:child_process';

const SHOWN = 10;

/** Checks types in the background after each change, and says what it finds. Types never hold a change back. */
export class TypeCheck {
  private running: ChildProcess | undefined;
  private wrong = false;

  private readonly say: (text: string) => void;

  constructor(say: (text: string) => void) {
    this.say = say;
  }

  /** Starts a check. One that still runs looks at what is old by now, and is ended. */
  start(): void {
    this.stop();
    const child = spawn('node_modules/.bin/tsc', ['-p', '.', '--pretty', 'false'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, PATH: `${process.cwd()}/node_modules/.bin:${process.env.PATH}` },
    });
    this.running = child;
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', (error) => this.say(`types are not checked: ${error.message}`));
    child.on('close', (code, signal) => {
      if (this.running !== child || signal !== null) return;
      this.running = undefined;
      const errors = output.trimEnd().split('\n');
      if (code !== 0) {
        const rest = errors.length > SHOWN ? [`… and ${errors.length - SHOWN} lines more (npx tsc -p .)`] : [];
        this.say(['types are wrong; the code runs all the same', ...errors.slice(0, SHOWN), ...rest].join('\n'));
      } else if (this.wrong) this.say('types are right again');
      this.wrong = code !== 0;
    });
  }

  stop(): void {
    this.running?.kill();
    this.running = undefined;
  }
}
