import { defineConfig } from 'vitest/config';

/** Where .ci/run wants the figures. */
const report = process.env['FAAS_TEST_REPORT'];

// Docker tests share one engine and two cores: files run one after another so that a slow machine
// shows up as slow, not as flaky.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    // Node's own loader, as users have it: configuration files and functions are loaded by it too.
    experimental: { viteModuleRunner: false },
  },
});
