'use strict';

// Each file of the layer is compiled with V8's cache of it. V8 checks the cache: one of another V8, or of another file,
// is rejected, and the file is compiled as if there were none.
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');

const codeCaches = {};

function load(name) {
  const filename = `${__dirname}/${name}.code.js`;
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData: readCache(name) });
  codeCaches[name] =
    script.cachedDataRejected === undefined ? 'none' : script.cachedDataRejected ? 'rejected' : 'accepted';
  const file = { exports: {}, require };
  script.runInThisContext()(file.exports, require, file, filename, __dirname);
  return file.exports;
}

/** V8 tells whether it has --expose-gc, as on Lambda, or not: each has a cache of its own. */
function readCache(name) {
  try {
    return readFileSync(`${__dirname}/${name}${typeof gc === 'function' ? '.gc' : ''}.cache`);
  } catch {
    return undefined;
  }
}

// The functions' log says whether the caches were accepted: functions/shared/runtime/code-cache.ts.
globalThis[Symbol.for('order-runtime.code-caches')] = codeCaches;
module.exports = load('core');
module.exports.load = load;
