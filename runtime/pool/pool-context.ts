import type { Instance, InstanceContext } from '../instance/instance.ts';
import type { SandboxSize } from '../instance/size.ts';
import type { Prewarmed } from './prewarm.ts';

/** What the pools of all functions share. */
export interface PoolContext {
  instances: InstanceContext;
  /** How many sandboxes the machine starts side by side. */
  parallelStarts: number;
  /** What booting a sandbox ahead took, as far as is known. Milliseconds. */
  bootMs(): number | undefined;
  /** A sandbox booted ahead, or being booted, if there is one. */
  takePrewarmed(size: SandboxSize): Prewarmed | undefined;
  /** Memory for one more sandbox; false: room is being made, and `review` is called when there is. */
  claimMemory(memoryMb: number): boolean;
  returnMemory(memoryMb: number): void;
  /** Most memory a single sandbox can ever get. */
  memoryLimitMb: number;
  onEnded(instance: Instance): void;
}
