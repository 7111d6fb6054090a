import { readFileSync } from 'node:fs';

/**
 * Ends this process and what it started. For when the runtime is gone: there is nobody left to answer to, nor anybody
 * who would clean up.
 */
export function endWithChildren(): never {
  for (const pid of descendantsOf(process.pid)) kill(pid);
  // As the leader of its group (process driver) it takes the group along. Process 1 is a container's; -1 is everyone.
  if (process.pid > 1) kill(-process.pid);
  process.exit(1);
}

/** Children that left the group, too, as long as the kernel lists them; a container's go with the container. */
function descendantsOf(root: number): number[] {
  const found = [root];
  for (const pid of found) found.push(...childrenOf(pid));
  return found.slice(1);
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function kill(target: number): void {
  try {
    process.kill(target, 'SIGKILL');
  } catch {
    // gone already, or no group of our own
  }
}
