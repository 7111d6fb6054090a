/** Whole commands, as a shell would time them, beside what starting Node alone takes. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { takeTurns } from '../measure/rounds.ts';
import { HELLO } from '../under-test/functions.ts';
import { firstAnswer, freePort, startedFolder } from '../under-test/start-command.ts';
import { RuntimeUnderTest } from '../under-test/runtime.ts';
import { nodeStart, timeCommand } from '../yardsticks/commands.ts';
import { compared } from './figures.ts';
import type { Row, Scenario } from './row.ts';

const row = (id: string, title: string, limit: number): Row => ({
  id,
  title,
  unit: 'ms',
  yardstick: 'node -e 0',
  goal: { kind: 'times-at-most', limit },
});

export const deploy: Scenario = {
  name: 'deploy',
  heading: 'faas deploy, the whole command, to a running runtime',
  drivers: [null],
  rows: [row('deploy-unchanged', 'nothing changed', 5), row('deploy-changed', 'one file changed', 8)],
  async measure(bench) {
    await using runtime = await RuntimeUnderTest.start({
      ...bench,
      driver: 'process',
      config: { functions: { hello: { source: HELLO } } },
    });
    const source = join(runtime.folder, 'small');
    await cp(HELLO, source, { recursive: true });
    const command = [process.execPath, bench.product.command, 'deploy', './small'];
    const deployNow = async (): Promise<number> =>
      (await timeCommand(command, { cwd: runtime.folder })).exitMs;
    const entry = join(source, 'index.js');
    const original = await readFile(entry, 'utf8');
    let edits = 0;
    const taken = await takeTurns(
      {
        unchanged: deployNow,
        changed: async () => {
          await writeFile(entry, `${original}\nexport const edit = ${++edits};\n`);
          return deployNow();
        },
        node: nodeStart,
      },
      { rounds: bench.samples(15, 3), warmUps: bench.samples(2, 1) },
    );
    return {
      'deploy-unchanged': compared(taken.unchanged, taken.node),
      'deploy-changed': compared(taken.changed, taken.node),
    };
  },
};

export const start: Scenario = {
  name: 'start',
  heading: 'faas start with two functions, nothing changed, command to first answer',
  drivers: ['docker', 'process'],
  rows: [row('start', 'command to first answer', 10)],
  async measure(bench, driver) {
    if (driver === null) return {};
    await using folder = await startedFolder(bench, driver);
    const oneStart = async (): Promise<number> => {
      const port = await freePort();
      const ports = ['--port', `${port}`, '--admin-port', '0', '--aws-port', '0'];
      const command = [bench.product.command, 'start', '--driver', driver, ...ports];
      return firstAnswer(command, { cwd: folder.path, url: `http://127.0.0.1:${port}`, path: '/hello' });
    };
    const taken = await takeTurns(
      { ours: oneStart, yardstick: nodeStart },
      { rounds: driver === 'docker' ? bench.samples(8, 1) : bench.samples(12, 2), warmUps: 1 },
    );
    return { start: compared(taken.ours, taken.yardstick) };
  },
};
