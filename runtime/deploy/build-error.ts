/** What a user is told when esbuild refuses the code. */
import type { BuildFailure, Message } from 'esbuild';
import { FaasError } from '../core/errors.ts';
import { codeFrames } from './esbuild-service.ts';
import { packageNameOf } from './package-json.ts';

/** Every error with file:line:column, its message and the code frame. */
export async function buildFailed(functionName: string, failure: BuildFailure): Promise<FaasError> {
  const frames = await codeFrames(failure.errors, 'error');
  const count = failure.errors.length === 1 ? '1 error' : `${failure.errors.length} errors`;
  const missing = [...new Set(failure.errors.map(missingPackage).filter((name) => name !== undefined))];
  return new FaasError(
    'BuildFailed',
    `function ${functionName} does not build: ${count}\n\n${frames.join('\n').trimEnd()}\n`,
    {
      expected: 'source files that esbuild can bundle',
      got: failure.errors.map(oneLine).join('; '),
      remedy: missing.length > 0 ? installRemedy(missing) : 'correct the lines shown and deploy again',
      cause: failure,
    },
  );
}

/** `index.ts:3:9: Expected ";" but found "}"`; columns count from 1, as in editors and stack traces. */
export function oneLine(message: Message): string {
  const { location, text } = message;
  return location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text;
}

/** The specifier of an import that could not be resolved; undefined for every other error. */
export function unresolvedSpecifier(message: Message): string | undefined {
  return /^Could not resolve "(.+)"$/.exec(message.text)?.[1];
}

function missingPackage(message: Message): string | undefined {
  return packageNameOf(unresolvedSpecifier(message) ?? '');
}

function installRemedy(names: string[]): string {
  const install = `npm install ${names.join(' ')}`;
  return names.some((name) => name.startsWith('@aws-sdk/'))
    ? `${install} (on Lambda the AWS SDK comes with the runtime; here it is bundled from node_modules)`
    : `${install} in the function folder or in a folder above it`;
}
