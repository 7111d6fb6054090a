/** What `faas dev` prints of a save: one line when it is live, the error when it is not. */
import { relative } from 'node:path';
import type { DevReport } from '../../runtime/dev.ts';
import type { Context } from '../context.ts';
import { describeError, errorDocument } from '../terminal/errors.ts';
import { formatClock, formatMs } from '../terminal/format.ts';
import { colorOf } from '../terminal/log-line.ts';

/** @returns prints one report, as a line of JSON or for people */
export function reporter(context: Context): (report: DevReport) => void {
  const told = new Set<string>();
  return (report) => {
    const error = errorOf(report);
    if (context.json) {
      const document = jsonOf(context, report);
      if (document) context.writeJson(document);
    } else {
      context.write(textOf(context, report));
    }
    if (error) context.note(`${describeError(error, context.errorColors, false)}\n`);
    for (const note of notesOf(report)) {
      // What was kept out is worth a word once, not at every save.
      if (!told.has(note)) context.note(`${context.errorColors.yellow('note:')} ${note}`);
      told.add(note);
    }
  };
}

function errorOf(report: DevReport) {
  return report.kind === 'failed' || report.kind === 'config-failed' ? report.error : undefined;
}

function notesOf(report: DevReport): string[] {
  if (report.kind === 'warning') return [report.message];
  if (report.kind !== 'deployed') return [];
  return report.notes.map((note) => `${report.function.settings.name}: ${note}`);
}

function jsonOf({ io }: Context, report: DevReport): object | undefined {
  switch (report.kind) {
    case 'deployed': {
      const { settings, revision } = report.function;
      const { buildMs, liveMs } = report;
      const files = shown(io.cwd, report.files);
      return { event: 'deployed', function: settings.name, revision: revision.id, buildMs, liveMs, files };
    }
    case 'failed': {
      const { name, serving, error } = report;
      const event = error.code === 'InitFailed' ? 'init-failed' : 'build-failed';
      return { event, function: name, serving, files: shown(io.cwd, report.files), ...errorDocument(error) };
    }
    case 'recovered': {
      const { settings, revision } = report.function;
      return { event: 'recovered', function: settings.name, revision: revision.id };
    }
    case 'removed':
      return { event: 'removed', function: report.name };
    case 'config-failed':
      return { event: 'config-failed', ...errorDocument(report.error) };
    case 'configured':
      return { event: 'configured', needRestart: report.needRestart };
    case 'warning':
      return undefined;
  }
}

function textOf({ colors, io }: Context, report: DevReport): string {
  const { dim, green, red, yellow, bold } = colors;
  const line = (mark: string, name: string, ...rest: string[]): string =>
    [dim(formatClock(Date.now())), `${mark} ${colorOf(name, colors)(name)}`, ...rest].join('  ');
  switch (report.kind) {
    case 'deployed': {
      const { settings, revision } = report.function;
      const times = `built in ${formatMs(report.buildMs)}, live in ${bold(formatMs(report.liveMs))}`;
      return line(green('↻'), settings.name, fileNames(io.cwd, report.files), times, dim(revision.id));
    }
    case 'failed': {
      const rest = report.serving === null ? 'not deployed' : `revision ${report.serving} goes on serving`;
      return line(red('✖'), report.name, fileNames(io.cwd, report.files), rest);
    }
    case 'recovered': {
      const { settings, revision } = report.function;
      return line(green('✔'), settings.name, 'in order again', dim(revision.id));
    }
    case 'removed':
      return line(yellow('−'), report.name, 'removed');
    case 'config-failed':
      return line(red('✖'), 'configuration', 'not applied');
    case 'configured': {
      const { needRestart } = report;
      const rest = needRestart.length > 0 ? [yellow(`restart to apply: ${needRestart.join(', ')}`)] : [];
      return line(green('✔'), 'configuration', 'applied', ...rest);
    }
    case 'warning':
      return '';
  }
}

/** `index.ts`, `index.ts and 2 more`. */
function fileNames(cwd: string, files: string[]): string {
  const [first = '', ...rest] = shown(cwd, files);
  return rest.length === 0 ? first : `${first} and ${rest.length} more`;
}

/** Relative where that is shorter. */
const shown = (cwd: string, files: string[]): string[] =>
  files.map((file) => {
    const short = relative(cwd, file);
    return short === '' || short.startsWith('..') ? file : short;
  });
