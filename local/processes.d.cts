/** The processes of the local cloud; `start` is `npm start` itself. */
export type ProcessName = 'start' | 'ministack' | 'pipe-relay' | 'edge';

/** The absolute path of a program of the local cloud. It is on the command line of the process that runs it. */
export function programOf(name: ProcessName): string;

/** The processes of that name that run in this folder, without this one. */
export function pidsOf(name: ProcessName): number[];

/** Whether that process is alive. */
export function runs(name: ProcessName): boolean;

/**
 * Ends a process and those that it started, first politely.
 *
 * @returns whether there was one to end
 */
export function stopProcess(name: ProcessName): Promise<boolean>;

/** Ends a process at once, as a crash would. */
export function killProcess(name: ProcessName): void;

/**
 * Tells `npm start` to end, and waits until it has ended itself and its cloud.
 *
 * @returns whether there was one to end
 */
export function stopStart(): Promise<boolean>;

/**
 * Ends every process of the local cloud but `npm start`, and removes its addresses and temporary files.
 *
 * @returns whether there was anything to end
 */
export function endLocalCloud(): Promise<boolean>;

/** Why a local cloud cannot start on that port, and the way out, as one line; undefined when it can. */
export function portTrouble(port: number): Promise<string | undefined>;
