'use strict';

// Usage: node make-code-cache.cjs <program>
//
// Runs a program, and then keeps V8's cache of every script with a file name that it compiled: of all functions that
// were called, so that they need not be compiled again. The file is beside the script: core.code.js has core.cache, and
// core.gc.cache of a Node with --expose-gc.
const { writeFileSync } = require('node:fs');
const vm = require('node:vm');

const scripts = new Map();
vm.Script = class extends vm.Script {
  constructor(code, options) {
    super(code, options);
    scripts.set(options.filename, this);
  }
};

require(process.argv[2])
  .exercise()
  .then(
    () => {
      const ending = typeof gc === 'function' ? '.gc.cache' : '.cache';
      for (const [file, script] of scripts)
        writeFileSync(file.replace(/\.code\.js$/, ending), script.createCachedData());
      process.exit(0);
    },
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
