import { relative, resolve } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { buildStorefront } from './build-storefront.ts';
import { checkWorkflows } from './check-workflows.ts';
import { BUILD_DIR, samBuild } from './deploy.ts';
import { type DeployedTemplate, readDeployedTemplate } from './deployed-template.ts';
import { FunctionBundles } from './function-bundles.ts';
import { updateFunction, updateWorkflow } from './live-update.ts';
import { updateLocalCloud } from './local-cloud.ts';
import { REGION, ROOT } from './mini-stack.ts';
import { run } from './progress.mjs';
import type { Stack } from './stack-file.ts';
import { publishStorefront, siteOfStack } from './storefront-site.ts';
import { TypeCheck } from './type-check.ts';

const WATCHED = ['functions', 'layers/runtime/stubs', 'statemachine', 'stacks', 'storefront', 'template.yaml'];
/** What builds write, whose sources are watched. */
const GENERATED = /(^|\/)(node_modules|dist)(\/|$)|\.(validator|template)\.(js|d\.ts)$|\.generated\.d\.ts$/;
/** What editors write beside a file, and hidden files. */
const OF_EDITORS = /(~|\.tmp|\.sw[a-z])$|(^|\/)\.[^/]+$/;
/** The stubs name the layer. When `npm run prepare` makes another one, it has to be deployed with the functions. */
const TEMPLATES = /^(template\.yaml|stacks\/|layers\/runtime\/stubs\/)/;
/** An editor that saves all of its files, or a checkout of Git, makes its changes within this time. */
const QUIET_MILLISECONDS = 100;
const NAMED = 4;

/**
 * Brings every change of the sources into the running local cloud, which keeps its state, and says what it did. A
 * change that does not build is shown, and what was there before runs on.
 */
export class Watch {
  private readonly stack: Stack;
  private readonly connection: { endpoint: string; region: string; credentials: typeof ROOT };
  private readonly types = new TypeCheck(say);
  private readonly changed = new Set<string>();
  /** What a failure kept from being brought. The next change may be what mends it. */
  private readonly unfinished = new Set<string>();
  private readonly watcher: FSWatcher;
  private template: DeployedTemplate;
  private bundles: FunctionBundles;
  private timer: NodeJS.Timeout | undefined;
  /** When the first of the changes was seen that are not brought yet. */
  private since = 0;
  /** The same, of the changes that are being brought. */
  private begun = 0;
  private working: Promise<void> = Promise.resolve();

  /** @returns when changes are seen, and those that were made since the build are live */
  static async start(stack: Stack): Promise<Watch> {
    const endpoint = stack.endpoint ?? '';
    const watcher = watch(WATCHED, { ignoreInitial: true, ignored: isIgnored });
    const ready = new Promise<void>((resolve) => watcher.once('ready', resolve));
    const [template, bundles] = await Promise.all([
      readDeployedTemplate(stack.stackName, endpoint, REGION),
      FunctionBundles.open(BUILD_DIR),
      ready,
    ]);
    const started = new Watch(stack, endpoint, template, bundles, watcher);
    await started.bringAllFunctions();
    return started;
  }

  private constructor(
    stack: Stack,
    endpoint: string,
    template: DeployedTemplate,
    bundles: FunctionBundles,
    watcher: FSWatcher,
  ) {
    this.stack = stack;
    this.connection = { endpoint, region: REGION, credentials: ROOT };
    this.template = template;
    this.bundles = bundles;
    this.watcher = watcher;
    watcher.on('all', (event, path) => {
      if (!event.endsWith('Dir')) this.note(relative('.', path));
    });
    watcher.on('error', (error) => say(`not all changes are seen: ${error instanceof Error ? error.message : error}`));
  }

  /** Sees no more changes. What is under way ends with the process. */
  stop(): void {
    clearTimeout(this.timer);
    this.types.stop();
    void this.watcher.close();
  }

  private note(path: string): void {
    if (this.changed.size === 0) this.since = Date.now();
    this.changed.add(path);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.working = this.working.then(() => this.bring());
    }, QUIET_MILLISECONDS);
  }

  private async bring(): Promise<void> {
    if (this.changed.size === 0) return;
    this.begun = this.since;
    const paths = [...new Set([...this.unfinished, ...this.changed])];
    this.changed.clear();
    this.unfinished.clear();
    const among = (pattern: RegExp) => paths.filter((path) => pattern.test(path));
    const what = list(paths);
    try {
      if (among(/^functions\/.*\.schema\.ts$/).length > 0) await generate('build/compile-schemas.ts');
      if (among(/^functions\/.*\.hbs$/).length > 0) await generate('build/compile-templates.ts');
      // An update of the stack also brings the functions and the workflows.
      const isUpdated = among(TEMPLATES).length > 0 && (await this.bringTemplate(what));
      const ofFunctions = among(/^functions\//);
      if (ofFunctions.length > 0 && !isUpdated)
        await this.bringFunctions(withGenerated(ofFunctions), list(ofFunctions));
      const refused = new Set<string>();
      for (const file of isUpdated ? [] : among(/^statemachine\/.*\.asl\.yaml$/)) {
        const update = () => updateWorkflow(file, this.template, this.connection);
        if (!(await this.attempt(file, update, 'the workflow is live'))) refused.add(file);
      }
      // The desk draws the workflow. One that is broken cannot be drawn.
      const ofPages = among(/^(storefront\/|statemachine\/process-order)/).filter((path) => !refused.has(path));
      if (ofPages.length > 0) await this.attempt(list(ofPages), () => this.publishPages(), 'the pages are published');
    } catch (error) {
      for (const path of paths) this.unfinished.add(path);
      say(`✗ ${what}: ${(error as Error).message}\nWhat was there before runs on.`);
    } finally {
      if (among(/\.ts$/).length > 0) this.types.start();
    }
  }

  private async bringFunctions(changed: ReadonlySet<string>, what: string): Promise<void> {
    const { bundles, errors } = await this.bundles.rebuild(changed);
    for (const error of errors) say(`✗ ${error}`);
    if (errors.length > 0) say('The functions that do not build keep their code.');
    await Promise.all(
      bundles.map((bundle) =>
        updateFunction(bundle, this.template, this.connection).catch((error) => {
          this.bundles.forget(bundle);
          throw error;
        }),
      ),
    );
    const live = bundles.length === 1 ? 'is live' : 'are live';
    if (bundles.length > 0) say(`✓ ${what}: ${list(bundles.map(({ name }) => name))} ${live}  (${this.seconds()})`);
    else if (errors.length === 0 && changed.size > 0) say(`✓ ${what}: in no function's code  (${this.seconds()})`);
  }

  /** What differs from the build that was deployed, because it was saved meanwhile. */
  private bringAllFunctions(): Promise<void> {
    this.begun = Date.now();
    return this.bringFunctions(new Set(), 'since the build');
  }

  /**
   * Rows, objects and users stay in an update.
   *
   * @returns whether the stack is updated
   */
  private async bringTemplate(what: string): Promise<boolean> {
    say(`… ${what}: updating the stack, about half a minute`);
    try {
      checkWorkflows();
      await samBuild();
      this.template = await updateLocalCloud(this.stack);
    } catch (error) {
      say(`✗ ${what}: ${(error as Error).message}\nWhat was there before runs on.`);
      return false;
    }
    await this.bundles.close();
    this.bundles = await FunctionBundles.open(BUILD_DIR);
    say(`✓ ${what}: the stack is updated, and its data is kept  (${this.seconds()})`);
    await this.bringAllFunctions();
    return true;
  }

  private async publishPages(): Promise<void> {
    await buildStorefront();
    await publishStorefront(await siteOfStack(this.stack.stackName, this.connection), this.connection);
  }

  /** @returns whether it succeeded; it says so in both cases */
  private async attempt(what: string, work: () => Promise<void>, done: string): Promise<boolean> {
    try {
      await work();
      say(`✓ ${what}: ${done}  (${this.seconds()})`);
      return true;
    } catch (error) {
      say(`✗ ${what}: ${(error as Error).message}\nWhat was there before runs on.`);
      return false;
    }
  }

  private seconds(): string {
    return `${((Date.now() - this.begun) / 1000).toFixed(1)} s`;
  }
}

function isIgnored(path: string): boolean {
  const below = relative('.', path);
  return GENERATED.test(below) || OF_EDITORS.test(below);
}

function generate(program: string): Promise<void> {
  return run(process.execPath, ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', program], { log: 'watch-generate' });
}

/** The absolute paths of changed sources, and of what is generated from them. */
function withGenerated(paths: string[]): Set<string> {
  return new Set(
    paths
      .flatMap((path) => [path, path.replace(/\.schema\.ts$/, '.validator.js').replace(/\.hbs$/, '.template.js')])
      .map((path) => resolve(path)),
  );
}

function list(names: string[]): string {
  const rest = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return names.slice(0, NAMED).join(', ') + rest;
}

function say(text: string): void {
  console.log(`  ${text.replaceAll('\n', '\n    ')}`);
}
