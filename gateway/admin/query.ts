/** Query parameters with their types; what cannot be read is the caller's mistake, said with its name. */
import type { Context } from 'hono';
import { FaasError } from '../../runtime/core/errors.ts';

type Asked = Pick<Context, 'req'>;

/** A parameter as an object to spread: empty when it was not given. */
export function textParameter<Name extends string>(
  { req }: Asked,
  parameter: string,
  name: Name,
): Partial<Record<Name, string>> {
  const value = req.query(parameter);
  // The computed key is the name itself, which TypeScript widens to string.
  return value === undefined || value === '' ? {} : ({ [name]: value } as Record<Name, string>);
}

/** As `textParameter`, for a number from 0 up. */
export function numberParameter<Name extends string>(
  { req }: Asked,
  parameter: string,
  name: Name,
): Partial<Record<Name, number>> {
  const value = req.query(parameter);
  if (value === undefined || value === '') return {};
  const number = Number(value);
  if (!Number.isFinite(number) || number < 0) {
    throw mistake(parameter, 'a number from 0 up', value);
  }
  return { [name]: number } as Record<Name, number>;
}

/** A limit, at most `most`; `otherwise` when none was given. */
export function limitParameter(asked: Asked, otherwise: number, most: number): number {
  const { limit = otherwise } = numberParameter(asked, 'limit', 'limit');
  if (!Number.isInteger(limit) || limit < 1)
    throw mistake('limit', `a whole number from 1 to ${most}`, String(limit));
  return Math.min(limit, most);
}

export function flagParameter({ req }: Asked, parameter: string): boolean {
  const value = req.query(parameter);
  return value !== undefined && value !== '0' && value !== 'false';
}

/** A parameter that must be there. */
export function requiredParameter({ req }: Asked, parameter: string): string {
  const value = req.query(parameter);
  if (value === undefined || value === '') throw mistake(parameter, 'a value', 'none');
  return value;
}

export function choiceParameter<Choice extends string>(
  { req }: Asked,
  parameter: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = req.query(parameter);
  if (value === undefined || value === '') return undefined;
  const choice = choices.find((known) => known === value);
  if (choice === undefined) throw mistake(parameter, `one of ${choices.join(', ')}`, value);
  return choice;
}

const mistake = (parameter: string, expected: string, got: string): FaasError =>
  new FaasError('UsageError', `the query parameter ${parameter} cannot be used`, { expected, got });
