/**
 * The projects, cheapest first. `unit` needs nothing but Node, `template` needs the built template. The
 * others need a running stack, and read its addresses from .local/stack.json; `browser` also needs a Chromium.
 *
 * `npm run test:unit -- price-order` runs one file. For that, each script of package.json ends with another option:
 * Jest takes every word that follows `--selectProjects` as the name of a project.
 */
const shared = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform: {
    '^.+\\.[jt]s$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } },
    ],
  },
  // These packages are ES modules only, and Jest requires CommonJS modules.
  transformIgnorePatterns: ['/node_modules/(?!(@middy|uuid)/)'],
};

module.exports = {
  // How many concurrent tests of a file run at once. The runs of the fault matrix mostly wait.
  maxConcurrency: 10,
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/tests/unit/**/*.test.ts'] },
    // What people look at, in a Chromium of this machine.
    {
      ...shared,
      displayName: 'browser',
      testMatch: ['<rootDir>/tests/browser/**/*.test.ts'],
      setupFilesAfterEnv: ['<rootDir>/tests/support/jest-timeout.ts'],
    },
    { ...shared, displayName: 'template', testMatch: ['<rootDir>/tests/template/**/*.test.ts'] },
    {
      ...shared,
      displayName: 'cloud',
      testMatch: ['<rootDir>/tests/{integration,workflow,invoke,e2e}/**/*.test.ts'],
      globalSetup: '<rootDir>/tests/support/needs-cloud.ts',
      setupFilesAfterEnv: ['<rootDir>/tests/support/jest-timeout.ts'],
    },
    // The decisions on real tables again, and every expression of the workflow, on AWS's own engine. Needs Java and Maven.
    {
      ...shared,
      displayName: 'dynamodb-local',
      testMatch: [
        '<rootDir>/tests/dynamodb-local/**/*.test.ts',
        '<rootDir>/tests/integration/!(check-image|notify|publish-order-events).test.ts',
      ],
      globalSetup: '<rootDir>/tests/dynamodb-local/global-setup.ts',
      globalTeardown: '<rootDir>/tests/dynamodb-local/global-teardown.ts',
      setupFilesAfterEnv: ['<rootDir>/tests/support/jest-timeout.ts'],
    },
    // What a newcomer meets in the first hour. The tests run the commands themselves, some on a cloud of their own.
    {
      ...shared,
      displayName: 'first-hour',
      testMatch: ['<rootDir>/tests/first-hour/**/*.test.ts'],
      setupFilesAfterEnv: ['<rootDir>/tests/support/jest-timeout.ts'],
    },
    // Kills processes of the running stack, so that no other test may run at the same time.
    {
      ...shared,
      displayName: 'chaos',
      testMatch: ['<rootDir>/tests/chaos/**/*.test.ts'],
      globalSetup: '<rootDir>/tests/support/needs-cloud.ts',
    },
    // Measures, and is not part of `npm test`. Needs Java and Maven as dynamodb-local does.
    {
      ...shared,
      displayName: 'bench',
      testMatch: ['<rootDir>/tests/bench/**/*.bench.ts'],
      globalSetup: '<rootDir>/tests/dynamodb-local/global-setup.ts',
      globalTeardown: '<rootDir>/tests/dynamodb-local/global-teardown.ts',
    },
    // An update in place, on a cloud that tests/upgrade/run.ts starts. Takes minutes, and is not part of `npm test`.
    {
      ...shared,
      displayName: 'upgrade',
      testMatch: ['<rootDir>/tests/upgrade/**/*.test.ts'],
      setupFilesAfterEnv: ['<rootDir>/tests/support/jest-timeout.ts'],
    },
    // Takes minutes, and is not part of `npm test`.
    {
      ...shared,
      displayName: 'soak',
      testMatch: ['<rootDir>/tests/soak/**/*.soak.ts'],
      globalSetup: '<rootDir>/tests/support/needs-cloud.ts',
    },
  ],
};
