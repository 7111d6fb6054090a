/** A budget check as continuous integration reads it. Pure. */
import { relative } from 'node:path';
import { XMLBuilder } from 'fast-xml-parser';
import type { Change } from '../../runtime/budget/baseline.ts';
import type { BudgetCheck, FunctionCheck } from '../../runtime/budget/check.ts';
import type { Finding } from '../../runtime/budget/limits.ts';
import { chanceText, COMPARED_NAMES, comparedText, MEASURE_NAMES, measureText } from '../terminal/budget.ts';

interface Case {
  name: string;
  /** Undefined: passed. */
  failure?: string;
  /** Not failed, and worth a word. */
  doubt?: string;
}

function casesOf({ findings, changes }: FunctionCheck, strict: boolean): Case[] {
  return [...findings.map((finding) => findingCase(finding, strict)), ...changes.map(changeCase)];
}

function findingCase(finding: Finding, strict: boolean): Case {
  const { measure, seen, limit, samples, verdict } = finding;
  const name = MEASURE_NAMES[measure];
  if (verdict === 'within') return { name };
  const bound = measure === 'memoryHeadroom' ? 'at least' : 'at most';
  const text =
    verdict === 'no data'
      ? `${name}: nothing was measured`
      : `${name}: ${measureText(measure, seen)}, expected ${bound} ${measureText(measure, limit)} (${samples} samples${verdict === 'perhaps' ? ', within the noise' : ''})`;
  return verdict === 'over' || strict ? { name, failure: text } : { name, doubt: text };
}

function changeCase({ measure, before, now, chance, verdict }: Change): Case {
  const name = `${COMPARED_NAMES[measure]}, against the saved state`;
  if (verdict !== 'worse') return { name };
  const doubt = chance === null ? '' : ` (by chance: ${chanceText(chance)})`;
  return {
    name,
    failure: `${name}: ${comparedText(measure, now)}, was ${comparedText(measure, before)}${doubt}`,
  };
}

/** A suite per function, a case per limit and per compared figure. */
export function junitReport({ functions }: BudgetCheck, strict: boolean): string {
  const suites = functions.map((one) => {
    const cases = casesOf(one, strict);
    return {
      '@name': one.function,
      '@tests': String(cases.length),
      '@failures': String(cases.filter(({ failure }) => failure !== undefined).length),
      testcase: cases.map(({ name, failure, doubt }) => ({
        '@classname': `faas budget.${one.function}`,
        '@name': name,
        ...(failure === undefined ? {} : { failure: { '@message': failure } }),
        ...(doubt === undefined ? {} : { 'system-out': doubt }),
      })),
    };
  });
  const builder = new XMLBuilder({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    suppressEmptyNode: true,
    format: true,
  });
  const document = { '?xml': { '@version': '1.0', '@encoding': 'UTF-8' }, testsuites: { testsuite: suites } };
  return builder.build(document).trimEnd();
}

/** https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
export function githubAnnotations(
  { functions }: BudgetCheck,
  { strict, configFile, cwd }: { strict: boolean; configFile: string | null; cwd: string },
): string {
  const file = configFile === null ? '' : `file=${escapeProperty(relative(cwd, configFile))},`;
  const lines = functions.flatMap((one) =>
    casesOf(one, strict).flatMap(({ failure, doubt }) => {
      const level = failure === undefined ? 'warning' : 'error';
      const text = failure ?? doubt;
      if (text === undefined) return [];
      return [
        `::${level} ${file}title=${escapeProperty(`faas budget: ${one.function}`)}::${escapeText(text)}`,
      ];
    }),
  );
  return lines.length > 0 ? lines.join('\n') : '::notice title=faas budget::within budget';
}

const escapeText = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapeProperty = (text: string): string =>
  escapeText(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
