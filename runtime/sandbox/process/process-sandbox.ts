import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { systemClock } from '../../core/clock.ts';
import { FaasError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { DetachedBody, Revision } from '../../core/types.ts';
import { FramedChannel } from '../channel/framed.ts';
import type { HostMessage } from '../channel/messages.ts';
import type { Sandbox, SandboxExit, SandboxSpec, SandboxUsage } from '../sandbox.ts';
import type { ControlGroup } from './cgroup/control-group.ts';
import type { SessionGroups } from './cgroup/session-groups.ts';
import { classifyExit, type KillReason } from './classify-exit.ts';
import { diskUsageMb } from './disk-usage.ts';
import { signalGroup } from './family.ts';
import { CHANNEL_FD, launch, type LaunchSettings } from './launch.ts';
import { removeFolder } from './leftovers.ts';
import { processTable } from './process-table.ts';
import { RawOutput } from './raw-output.ts';
import { WatchedFamily } from './watched-family.ts';

export interface Session extends LaunchSettings {
  /** The folder of the session; each sandbox has one below it. */
  folder: string;
  /** Undefined where this user may make no control groups: then families are watched. */
  groups: SessionGroups | undefined;
  log: Logger;
}

/** After the process is gone its pipes may still hold what it said last, and a child of it may hold them open. */
const LAST_WORDS_MS = 250;
/** A killed process is gone in far less, unless the machine is very busy. */
const DYING_MS = 100;
/** Hanging up is the last thing a process does; one that lives on after it is stuck. */
const HUNG_UP_MS = 1_000;
/** Many small files take long to count, and whoever asks for a sandbox's figures is in a hurry. */
const DISK_USAGE_MS = 30;
/** How often, at most, it is looked whether the kernel killed some child for want of memory. */
const MEMORY_KILLS_MS = 250;

/** A channel that tells when something was sent: work begins, memory may grow. */
class WatchedChannel extends FramedChannel {
  onSend: () => void = () => undefined;

  override send(message: HostMessage, payload?: Uint8Array, body?: DetachedBody): void {
    this.onSend();
    super.send(message, payload, body);
  }
}

/** Starts a sandbox: a process in a group of its own. Resolves when the system has started it. */
export async function createProcessSandbox(spec: SandboxSpec, session: Session): Promise<ProcessSandbox> {
  const home = join(session.folder, spec.id);
  const homeMade = mkdir(home, { mode: 0o700 });
  try {
    const { child, pid } = await launch(spec, session, { cwd: session.folder, tmp: home });
    const group = joinGroup(spec, pid, session);
    return new ProcessSandbox({ spec, session, child, pid, home, homeMade, group });
  } finally {
    homeMade.catch(() => undefined); // place() tells
  }
}

/** While it boots: it is inside before it runs anything of the function's. */
async function joinGroup(
  spec: SandboxSpec,
  pid: number,
  session: Session,
): Promise<ControlGroup | undefined> {
  let group: ControlGroup | undefined;
  try {
    group = await session.groups?.create(spec.id, spec);
    await group?.add(pid);
    return group;
  } catch (error) {
    session.log.debug(`sandbox ${spec.id} gets no control group: ${String(error)}`);
    await group?.remove();
    return undefined;
  }
}

interface Parts {
  spec: SandboxSpec;
  session: Session;
  child: ChildProcess;
  pid: number;
  /** Its TMPDIR, gone with the sandbox. */
  home: string;
  homeMade: Promise<void>;
  group: Promise<ControlGroup | undefined>;
}

export class ProcessSandbox implements Sandbox {
  readonly id: string;
  readonly channel = new WatchedChannel();
  readonly ready: Promise<void>;
  readonly exited: Promise<SandboxExit>;
  readonly #parts: Parts;
  readonly #output: RawOutput;
  readonly #family: WatchedFamily;
  readonly #died: Promise<unknown[]>;
  #placed = false;
  #frozenBy: 'group' | 'signal' | undefined;
  #memoryKills = { count: 0, readAt: 0 };
  #killedFor: KillReason | undefined;
  #gone: Promise<void> | undefined;

  constructor(parts: Parts) {
    const { spec, child, pid } = parts;
    this.#parts = parts;
    this.id = spec.id;
    this.#family = new WatchedFamily(spec.id, pid, spec.memoryMb, () => void this.#end('memory'));
    void parts.group.then((group) => this.#heldBy(group));
    this.channel.attach(streamOf(child, CHANNEL_FD, Socket));
    this.#output = new RawOutput(streamOf(child, 1, Readable), streamOf(child, 2, Readable));
    this.#died = once(child, 'exit');
    this.exited = this.#untilExit();
    this.ready = this.#untilReady();
    this.ready.catch(() => undefined); // whoever awaits it learns of it; nobody has to
    void this.#endWhenHungUp();
  }

  get onRawLine(): Sandbox['onRawLine'] {
    return this.#output.onLine;
  }

  set onRawLine(listener: Sandbox['onRawLine']) {
    this.#output.onLine = listener;
  }

  async place(revision: Revision): Promise<string> {
    if (this.#placed) throw new FaasError('Internal', 'a sandbox takes one revision, once');
    this.#placed = true;
    await Promise.all([this.#parts.homeMade, this.#parts.group]);
    if (this.#gone) throw this.#ended('during place');
    return revision.artifactDir;
  }

  async freeze(): Promise<void> {
    if (this.#frozenBy) return;
    const group = await this.#parts.group;
    if (await group?.freeze()) this.#frozenBy = 'group';
    else {
      await this.#family.freeze();
      this.#frozenBy = 'signal';
    }
  }

  async thaw(): Promise<void> {
    const frozenBy = this.#frozenBy;
    this.#frozenBy = undefined;
    if (frozenBy === 'group') await (await this.#parts.group)?.thaw();
    if (frozenBy === 'signal') await this.#family.thaw();
  }

  async usage(): Promise<SandboxUsage> {
    const { spec, pid, home } = this.#parts;
    const group = await this.#parts.group;
    const [{ peakKb, cpuMs }, ownPeakKb, tmpMb] = await Promise.all([
      group ? group.usage() : this.#family.usage(),
      processTable.peakKb(pid),
      atMost(DISK_USAGE_MS, diskUsageMb(home)),
    ]);
    // What is resident of programs and files is counted as far as it fits: beyond that the system takes it back.
    const peakMb = Math.ceil(Math.max(peakKb ?? 0, ownPeakKb ?? 0) / 1024);
    return {
      peakMemoryMb: peakMb === 0 ? null : Math.min(peakMb, spec.memoryMb),
      cpuMs,
      tmpMb: tmpMb ?? null,
    };
  }

  kill(): Promise<void> {
    return this.#end('asked');
  }

  /** The first reason stands. Idempotent. */
  #end(reason: KillReason): Promise<void> {
    // A process that has ended by itself was killed by nobody, although its family has to go.
    if (!this.#gone) this.#killedFor = reason;
    return this.#remove();
  }

  #remove(): Promise<void> {
    this.#gone ??= this.#removeAll();
    return this.#gone;
  }

  async #removeAll(): Promise<void> {
    const { home, homeMade, session } = this.#parts;
    this.#family.stopWatching();
    const group = await this.#parts.group;
    if (!(await group?.killAll())) await this.#endFamily();
    await this.exited;
    this.channel.close();
    await group?.remove();
    await homeMade.catch(() => undefined);
    await removeFolder(home, session.log);
  }

  async #endFamily(): Promise<void> {
    const { pid, session } = this.#parts;
    // Its children are known as such only while it lives.
    await this.#family.look();
    signalGroup(pid, 'SIGKILL');
    // Looking for the others is quicker when it does not find this one any more.
    await atMost(DYING_MS, this.#died);
    const stubborn = await this.#family.end();
    if (stubborn.length === 0) return;
    const pids = stubborn.map((one) => one.pid).join(', ');
    session.log.warn(`processes of sandbox ${this.id} do not end: ${pids}`);
  }

  /** Whoever holds its memory to the limit. */
  #heldBy(group: ControlGroup | undefined): void {
    if (!group?.can('memory')) this.channel.onSend = () => this.#family.wake();
    else {
      this.#family.stopWatching();
      this.channel.onSend = () => this.#countMemoryKills(group);
    }
  }

  /** A child that ran out of memory leaves the sandbox alive; so what was counted before is no cause of an end. */
  #countMemoryKills(group: ControlGroup): void {
    const now = performance.now();
    if (now - this.#memoryKills.readAt < MEMORY_KILLS_MS) return;
    this.#memoryKills.readAt = now;
    void group.memoryKills().then((count) => (this.#memoryKills.count = count));
  }

  async #ranOutOfMemory(signal: string | null): Promise<boolean> {
    const group = signal === 'SIGKILL' && (await this.#parts.group);
    return group ? (await group.memoryKills()) > this.#memoryKills.count : false;
  }

  async #untilExit(): Promise<SandboxExit> {
    // Node's child process events carry these two, in this order.
    const [code, signal] = (await this.#died) as [number | null, string | null];
    const at = systemClock.now();
    const killedFor = this.#killedFor ?? ((await this.#ranOutOfMemory(signal)) ? 'memory' : undefined);
    void this.#remove();
    await atMost(LAST_WORDS_MS, Promise.all([this.channel.closed, this.#output.ended]));
    const known = { killedFor, heapExhausted: this.#output.heapExhausted };
    return { code, signal, at, ...classifyExit({ code, signal }, known) };
  }

  async #untilReady(): Promise<void> {
    try {
      await this.channel.ready;
    } catch (cause) {
      const exit = await this.exited;
      if (this.#killedFor) throw this.#ended('before it was ready');
      const how = exit.signal ? `signal ${exit.signal}` : `exit code ${exit.code}`;
      throw new FaasError('SandboxStartFailed', `the sandbox ended before it was ready (${how})`, {
        expected: 'Node to run the bootstrap',
        got: this.#output.lastLines || how,
        cause,
      });
    }
  }

  async #endWhenHungUp(): Promise<void> {
    await this.channel.closed;
    const timer = setTimeout(() => void this.#end('asked'), HUNG_UP_MS);
    timer.unref();
    await this.exited;
    clearTimeout(timer);
  }

  #ended(when: string): FaasError {
    return new FaasError('SandboxExited', `the sandbox was ended ${when}`);
  }
}

/** The streams exist because `stdio` asked for them; the types cannot know. */
function streamOf<T>(child: ChildProcess, fd: number, type: new (...args: never[]) => T): T {
  const stream = child.stdio[fd];
  if (stream instanceof type) return stream;
  throw new FaasError('Internal', `the child process has no stream ${fd}`);
}

/** Resolves when `promise` does, or with undefined when the time is up. */
async function atMost<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), ms);
  const result = await Promise.race([promise, late.promise]);
  clearTimeout(timer);
  return result;
}
