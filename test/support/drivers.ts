/** Which drivers the tests of this run cover. */
import { execFileSync } from 'node:child_process';

function engineAnswers(): boolean {
  try {
    execFileSync('docker', ['version', '--format', '{{.Server.Version}}'], {
      stdio: 'ignore',
      timeout: 10_000,
    });
    return true;
  } catch {
    return false;
  }
}

const required = process.env['FAAS_TEST_DOCKER'] === 'required';

/** With FAAS_TEST_DOCKER=required a missing engine fails the tests instead of skipping them. */
export const dockerTests = required || engineAnswers();

if (!dockerTests) console.warn('no container engine answers: the docker tests are skipped');

export const drivers = dockerTests ? (['process', 'docker'] as const) : (['process'] as const);
export type TestedDriver = (typeof drivers)[number];
