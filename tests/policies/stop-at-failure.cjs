const { TestEnvironment } = require('jest-environment-node');

/** Skips the tests after the first failure in a file. Jest's own --bail would wait until all of them time out. */
module.exports = class extends TestEnvironment {
  handleTestEvent({ name, test }) {
    if (name === 'test_fn_failure' || name === 'hook_failure') this.failed = true;
    if (name === 'test_start' && this.failed) test.mode = 'skip';
  }
};
