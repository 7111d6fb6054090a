/** One container from its start to its removal. */
import type { Container, ContainerCreateOptions } from 'dockerode';
import { FaasError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { Revision } from '../../core/types.ts';
import type { RawLine, Sandbox, SandboxUsage } from '../sandbox.ts';
import type { Cgroup } from './cgroup.ts';
import { INSIDE } from './container-options.ts';
import { Ending } from './ending.ts';
import { engineUsage } from './engine-usage.ts';
import type { Engine } from './engine.ts';
import type { EngineEvent } from './engine-events.ts';
import { engineError, neverArrived } from './errors.ts';
import { OutputLines } from './output.ts';
import { linkTree, packFile, packTree } from './place.ts';
import { removeContainer } from './remove-container.ts';
import { removePaths } from './sandbox-folder.ts';
import type { SandboxFolder } from './sandbox-folder.ts';

export interface SandboxParts {
  id: string;
  name: string;
  engine: Engine;
  options: ContainerCreateOptions;
  folder: SandboxFolder;
  bootstrapFile: string;
  cgroupOf: (containerId: string) => Cgroup | undefined;
  /** Aborted when an engine that stays away is to be waited for no longer. */
  giveUp: AbortSignal;
  /** Called when it is killed and gone. */
  onGone: () => void;
  log: Logger;
}

/** Kept for the error of a sandbox that does not come up. */
const LAST_WORDS = 5;
/** Lines that may arrive before somebody listens. */
const EARLY_LINES = 100;

export class DockerSandbox implements Sandbox {
  readonly id: string;
  readonly channel: Sandbox['channel'];
  readonly ready: Promise<void>;
  readonly #parts: SandboxParts;
  readonly #ending: Ending;
  readonly #outputEnded = Promise.withResolvers<void>();
  #container: Container | undefined;
  #cgroup: Cgroup | undefined;
  #output: { destroy(): void } | undefined;
  #starting: Promise<void> | undefined;
  #killing: Promise<void> | undefined;
  /** The engine may have a container of our name. */
  #mayExist = false;
  #placed = false;
  #freezing: Promise<void> | undefined;
  #frozenBy: 'cgroup' | 'engine' | undefined;
  #lastWords: string[] = [];
  #earlyLines: RawLine[] = [];
  #onRawLine: Sandbox['onRawLine'];

  constructor(parts: SandboxParts) {
    this.id = parts.id;
    this.channel = parts.folder.listener.channel;
    this.#parts = parts;
    this.#ending = new Ending({
      inspectOom: () => this.#inspectOom(),
      outputEnded: this.#outputEnded.promise,
    });
    const spoke = parts.folder.listener.channel.ready.then(() => this.#refuseWhenKilled());
    this.ready = Promise.race([spoke, this.#exitedEarly()]);
    this.ready.catch(() => undefined); // whoever awaits it learns of it; nobody has to
  }

  get exited(): Sandbox['exited'] {
    return this.#ending.exited;
  }

  get onRawLine(): Sandbox['onRawLine'] {
    return this.#onRawLine;
  }

  set onRawLine(listener: Sandbox['onRawLine']) {
    this.#onRawLine = listener;
    if (listener) for (const line of this.#earlyLines.splice(0)) listener(line);
  }

  /** Resolves when the engine has started the container. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async place(revision: Revision): Promise<string> {
    const { folder, engine } = this.#parts;
    this.#refuseWhenGone();
    if (this.#placed) throw new FaasError('Internal', `the sandbox ${this.id} has a revision already`);
    this.#placed = true;
    try {
      if (folder.files.kind === 'copy') {
        await this.#container?.putArchive(packTree(revision.artifactDir), { path: INSIDE.task });
      } else {
        await linkTree(revision.artifactDir, folder.files.taskDir);
      }
    } catch (error) {
      this.#refuseWhenGone(error);
      throw engineError(error, `take the files of ${revision.functionName}`, engine.endpoint);
    }
    this.#refuseWhenGone();
    return INSIDE.task;
  }

  freeze(): Promise<void> {
    this.#freezing = this.#freeze();
    return this.#freezing;
  }

  async thaw(): Promise<void> {
    const frozenBy = this.#frozenBy;
    this.#frozenBy = undefined;
    if (frozenBy === 'cgroup' && !(await this.#cgroup?.thaw())) {
      throw new FaasError(
        'SandboxExited',
        `the sandbox ${this.id} cannot be thawed: its control group is gone`,
      );
    }
    if (frozenBy === 'engine') await this.#ask('resume the sandbox', (container) => container.unpause());
  }

  async usage(): Promise<SandboxUsage> {
    const { HostConfig } = this.#parts.options;
    const direct = await this.#cgroup?.usage(HostConfig?.Memory && HostConfig.Memory / 1024 / 1024);
    if (direct && direct.cpuMs !== null) return direct;
    return engineUsage(this.#container);
  }

  kill(): Promise<void> {
    this.#killing ??= this.#end();
    return this.#killing;
  }

  /** What the engine reports about this sandbox's container. */
  report(event: EngineEvent): void {
    this.#ending.on(event);
  }

  /** The engine was away: its present state stands for the events that were missed. */
  async reconcile(): Promise<void> {
    if (!this.#container || this.#killing || this.#ending.dead) return;
    try {
      const { State } = await this.#container.inspect();
      if (!State.Running && State.Status !== 'created') this.#ending.died(State.ExitCode);
    } catch {
      this.#ending.died(null);
    }
  }

  async #freeze(): Promise<void> {
    if (this.#frozenBy) return;
    if (await this.#cgroup?.freeze()) this.#frozenBy = 'cgroup';
    else {
      await this.#ask('pause the sandbox', (container) => container.pause());
      this.#frozenBy = 'engine';
    }
  }

  // --- the way up ---------------------------------------------------------------------------------

  async #start(): Promise<void> {
    const { engine, folder, bootstrapFile } = this.#parts;
    this.#refuseWhenKilled();
    try {
      const container = await this.#createContainer();
      this.#cgroup = this.#parts.cgroupOf(container.id);
      this.#refuseWhenKilled();
      if (folder.files.kind === 'copy') {
        // The price of an engine that sees no files of ours: one request more.
        await container.putArchive(packFile(bootstrapFile, 'bootstrap.cjs'), {
          path: INSIDE.bootstrapFolder,
        });
      }
      // Attach costs a millisecond, start two hundred: sent together, attach is first by far.
      await Promise.all([this.#attach(container), container.start()]);
    } catch (error) {
      this.#refuseWhenKilled(error);
      throw engineError(error, 'start the sandbox', engine.endpoint);
    }
    this.#refuseWhenKilled();
  }

  async #createContainer(): Promise<Container> {
    this.#mayExist = true;
    try {
      this.#container = await this.#parts.engine.docker.createContainer(this.#parts.options);
      return this.#container;
    } catch (error) {
      if (neverArrived(error)) this.#mayExist = false;
      throw error;
    }
  }

  async #attach(container: Container): Promise<void> {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true, hijack: true });
    const lines = new OutputLines((line) => this.#onLine(line));
    const ended = (): void => {
      lines.end();
      this.#outputEnded.resolve();
    };
    stream.on('data', (chunk: Buffer) => lines.push(chunk));
    stream.on('error', ended);
    stream.on('close', ended);
    this.#output = stream as NodeJS.ReadWriteStream & { destroy(): void }; // a socket
    if (this.#killing) this.#output.destroy();
  }

  #onLine(line: RawLine): void {
    if (line.stream === 'stderr') {
      if (line.line.includes('JavaScript heap out of memory')) this.#ending.heapExhausted = true;
      this.#lastWords = [...this.#lastWords, line.line].slice(-LAST_WORDS);
    }
    if (this.#onRawLine) this.#onRawLine(line);
    else if (this.#earlyLines.length < EARLY_LINES) this.#earlyLines.push(line);
  }

  async #exitedEarly(): Promise<never> {
    const { code, signal } = await this.#ending.exited;
    throw new FaasError('SandboxStartFailed', 'the sandbox ended before it was ready', {
      expected: 'a ready message from inside',
      got: [signal ? `signal ${signal}` : `exit code ${code}`, ...this.#lastWords].join('; '),
    });
  }

  // --- the way down -------------------------------------------------------------------------------

  async #end(): Promise<void> {
    const { engine, name, folder, giveUp, onGone, log } = this.#parts;
    this.#ending.requested ||= !this.#ending.dead;
    // A request under way decides whether there is a container at all.
    await this.#starting?.catch(() => undefined);
    // The engine would wait for a process that cannot die.
    await this.#freezing?.catch(() => undefined);
    if (this.#frozenBy === 'cgroup') await this.#cgroup?.thaw();
    try {
      if (this.#mayExist) await removeContainer(engine, this.#container?.id ?? name, giveUp);
    } catch (error) {
      log.warn(`${String(error)}; the next start will remove it`);
    }
    this.#ending.died(null);
    folder.listener.close();
    this.#output?.destroy();
    await removePaths(folder.paths).catch((error: unknown) => log.warn(String(error)));
    await this.exited;
    onGone();
  }

  #refuseWhenKilled(cause?: unknown): void {
    if (!this.#ending.requested) return;
    throw new FaasError('SandboxExited', `the sandbox ${this.id} was killed`, { cause });
  }

  #refuseWhenGone(cause?: unknown): void {
    this.#refuseWhenKilled(cause);
    if (!this.#ending.dead) return;
    throw new FaasError('SandboxExited', `the sandbox ${this.id} has ended`, { cause });
  }

  // --- questions to the engine --------------------------------------------------------------------

  async #inspectOom(): Promise<boolean> {
    const state = await this.#container?.inspect().catch(() => undefined);
    return state?.State.OOMKilled === true;
  }

  async #ask<T>(what: string, request: (container: Container) => Promise<T>): Promise<T> {
    const { engine, id } = this.#parts;
    if (!this.#container) throw new FaasError('SandboxExited', `the sandbox ${id} was never started`);
    try {
      return await request(this.#container);
    } catch (error) {
      this.#refuseWhenGone(error);
      throw engineError(error, what, engine.endpoint);
    }
  }
}
