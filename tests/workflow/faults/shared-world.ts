import { openWorld, type World } from './run-scenario.ts';

/**
 * The world of a test file, closed after its last test. The first caller opens it, because concurrent tests begin
 * before `beforeAll` has ended.
 */
export function sharedWorld(): () => Promise<World> {
  let world: Promise<World> | undefined;
  afterAll(async () => {
    await (await world)?.close();
  }, 60_000);
  return () => {
    world ??= openWorld();
    return world;
  };
}
