/** What the runtime and the command line may use of the docker driver; loaded only when an engine is wanted. */
export { createDockerDriver } from './driver.ts';
export type { DockerDriverOptions } from './driver.ts';
export { probeEngine } from './engine.ts';
export type { Engine } from './engine.ts';
export { listLeftovers, removeImages, removeLeftovers } from './leftovers.ts';
