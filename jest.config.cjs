/**
 * Three projects, cheapest first. `unit` needs nothing but Node; `template` needs the built template;
 * `cloud` needs a running stack, whose addresses it reads from .local/stack.json.
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
  // These are published as ES modules only, which Jest's CommonJS cannot require.
  transformIgnorePatterns: ['/node_modules/(?!(@middy|uuid)/)'],
};

module.exports = {
  // How many runs of the fault matrix are under way at once; they mostly wait.
  maxConcurrency: 10,
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/tests/unit/**/*.test.ts'] },
    { ...shared, displayName: 'template', testMatch: ['<rootDir>/tests/template/**/*.test.ts'] },
    {
      ...shared,
      displayName: 'cloud',
      testMatch: ['<rootDir>/tests/{workflow,e2e,browser}/**/*.test.ts'],
      setupFilesAfterEnv: ['<rootDir>/tests/patience.ts'],
    },
  ],
};
