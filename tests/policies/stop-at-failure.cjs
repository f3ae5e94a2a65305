const { TestEnvironment } = require('jest-environment-node');

/** Skips what comes after the first failure in a file, where Jest's own --bail would wait for all of it to time out. */
module.exports = class extends TestEnvironment {
  handleTestEvent({ name, test }) {
    if (name === 'test_fn_failure' || name === 'hook_failure') this.failed = true;
    if (name === 'test_start' && this.failed) test.mode = 'skip';
  }
};
