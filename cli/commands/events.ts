import type { DeadEventView } from '../../gateway/admin/queue.ts';
import type { AdminClient } from '../client/admin.ts';
import { requireRuntime } from '../client/locate.ts';
import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';
import { formatAge, plural, printable } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';

interface EventsOptions {
  dead?: boolean;
  deliver?: string;
  drop?: string;
}

interface QueueView {
  waiting: { function: string; waiting: number; oldestAt: number }[];
  /** Newest first. */
  dead: DeadEventView[];
}

export const define: Define = (command, context) => {
  command
    .argument('[name]', 'only those of this function')
    .option('--dead', 'show the events that were given up, with the reason')
    .option('--deliver <id>', "put an event that was given up back into the queue; 'all' for every one")
    .option('--drop <id>', "forget an event that was given up; 'all' for every one")
    .addHelpText(
      'after',
      `
Events (uploads, asynchronous calls) wait on disk until their function takes them. One whose function failed again and
again, or that would go on with an endless chain, is given up and kept here.

Examples:
  $ faas events
  $ faas events resize --dead
  $ faas events --deliver 12`,
    )
    .action((name: string | undefined, options: EventsOptions) => events(context(), name, options));
};

async function events(context: Context, name: string | undefined, options: EventsOptions): Promise<void> {
  const client = await requireRuntime(context);
  const { deliver, drop } = options;
  if (deliver !== undefined) return deliverAgain(context, client, name, deliver);
  if (drop !== undefined) return forget(context, client, name, drop);
  const view = await client.get<QueueView>('/api/queue', { function: name });
  context.result(view, () => describe(context, view, options.dead === true));
}

async function deliverAgain(
  context: Context,
  client: AdminClient,
  name: string | undefined,
  id: string,
): Promise<void> {
  const ids = await chosen(client, name, id);
  for (const one of ids) await client.post(`/api/queue/dead/${one}/deliver`);
  context.result({ delivering: ids }, () => `${plural(ids.length, 'event')} back in the queue`);
}

async function forget(
  context: Context,
  client: AdminClient,
  name: string | undefined,
  id: string,
): Promise<void> {
  const ids = await chosen(client, name, id);
  for (const one of ids) await client.delete(`/api/queue/dead/${one}`);
  context.result({ dropped: ids }, () => `${plural(ids.length, 'event')} forgotten`);
}

async function chosen(client: AdminClient, name: string | undefined, id: string): Promise<string[]> {
  if (id !== 'all') return [encodeURIComponent(id)];
  const { dead } = await client.get<QueueView>('/api/queue', { function: name, limit: 10_000 });
  return dead.map((event) => String(event.id)).toReversed();
}

function describe({ colors }: Context, { waiting, dead }: QueueView, showDead: boolean): string {
  const now = Date.now();
  if (showDead) return dead.length === 0 ? colors.dim('no event was given up') : deadTable(dead, now, colors);
  const rows = waiting.map((one) => [one.function, String(one.waiting), formatAge(now - one.oldestAt)]);
  const columns = [
    { title: 'FUNCTION' },
    { title: 'WAITING', align: 'right' as const },
    { title: 'OLDEST', align: 'right' as const },
  ];
  const list = rows.length === 0 ? colors.dim('no event waits') : table(columns, rows, colors);
  if (dead.length === 0) return list;
  return `${list}\n${colors.yellow(`${plural(dead.length, 'event')} given up`)}  ${colors.dim('faas events --dead')}`;
}

const deadTable = (dead: DeadEventView[], now: number, colors: Context['colors']): string =>
  table(
    [
      { title: 'ID', align: 'right' },
      { title: 'FUNCTION' },
      { title: 'FROM' },
      { title: 'AGE' },
      { title: 'REASON' },
    ],
    dead.map((event) => [
      String(event.id),
      event.function,
      `${event.trigger.type} ${event.trigger.source ?? ''}`.trim(),
      formatAge(now - event.diedAt),
      printable(event.reason.split('\n')[0] ?? ''),
    ]),
    colors,
  );
