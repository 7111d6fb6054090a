/** What a function's sandbox is made with; pure. */
import type { FunctionSettings } from '../core/types.ts';

/** What cannot be changed once a sandbox has booted. */
export interface SandboxSize {
  memoryMb: number;
  tmpMb: number;
  /** Processors at most; null: all there are. */
  cpus: number | null;
}

/** Memory at which AWS Lambda gives one whole processor. Source: AWS guide "Configure Lambda function memory". */
const MB_PER_CPU = 1769;

export const sizeOf = ({ memoryMb, tmpMb, cpu }: FunctionSettings): SandboxSize => ({
  memoryMb,
  tmpMb,
  cpus: cpu === 'proportional' ? memoryMb / MB_PER_CPU : null,
});
