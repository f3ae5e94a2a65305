'use strict';

// Usage: node process.cjs <handler's file> <event's file> [warm requests]
//
// What Lambda's runtime does that takes time: it loads a function and passes it one event. Then it passes warm ones.
// Written to the standard output: milliseconds of each, and the answer of the first request.
const [, , bundle, eventFile, warmRequests = '0'] = process.argv;
const event = require('node:fs').readFileSync(eventFile, 'utf8');
const context = {
  awsRequestId: 'r',
  functionName: 'f',
  functionVersion: '1',
  memoryLimitInMB: '512',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
  getRemainingTimeInMillis: () => 60000,
};
const write = process.stdout.write.bind(process.stdout);
const log = [];
process.stdout.write = (text) => log.push(text) > 0;
for (const level of ['log', 'info', 'error', 'warn', 'debug']) console[level] = (text) => log.push(text);

const milliseconds = ({ user, system }) => (user + system) / 1000;

(async () => {
  const input = JSON.parse(event);
  // Node loads its `performance` with the first use.
  performance.now();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const { handler } = require(bundle);
  const load = performance.now() - start;
  const result = await handler(input, context);
  const total = performance.now() - start;
  const figures = { load, total, cpu: milliseconds(process.cpuUsage(cpu)), process: milliseconds(process.cpuUsage()) };
  const firstLog = log.splice(0);
  const count = Number(warmRequests);
  if (count > 0) {
    // The compiler has to see a function often before it is fast. The first tenth is not counted.
    for (let index = 0; index < count / 10; index += 1) await handler(JSON.parse(event), context);
    const warm = process.cpuUsage();
    const begin = performance.now();
    for (let index = 0; index < count; index += 1) {
      await handler(JSON.parse(event), context);
      log.length = 0;
    }
    figures.warmCpu = milliseconds(process.cpuUsage(warm)) / count;
    figures.warm = (performance.now() - begin) / count;
  }
  const codeCaches = globalThis[Symbol.for('order-runtime.code-caches')];
  write(`${JSON.stringify({ ...figures, result, codeCaches, log: firstLog })}\n`, () => process.exit(0));
})().catch((error) =>
  write(`${JSON.stringify({ thrown: String(error?.stack ?? error), log })}\n`, () => process.exit(0)),
);
