/** The error of a configuration that is not valid. Needs no schema: what is loaded for a start may import it. */
import { FaasError } from '../core/errors.ts';

export interface Problem {
  /** As a person would write it: `functions.hello.memory`, `--port`, `FAAS_PORT`. */
  path: string;
  expected: string;
  got: string;
  remedy: string;
}

/** One error that tells every problem. */
export function configError(problems: readonly Problem[], where: string | undefined): FaasError {
  const [first] = problems;
  if (first && problems.length === 1) {
    const { expected, got, remedy } = first;
    return new FaasError('ConfigInvalid', `${first.path}${where ? ` in ${where}` : ''} is not valid`, {
      expected,
      got,
      remedy,
    });
  }
  const list = problems.map(
    ({ path, expected, got, remedy }) =>
      `  ${path}\n    expected: ${expected}\n    got: ${got}\n    remedy: ${remedy}`,
  );
  return new FaasError('ConfigInvalid', `${problems.length} problems in ${where}\n${list.join('\n')}`, {
    remedy: 'correct them all and run the command again',
  });
}
