let drained: (() => void) | undefined;

/** Calls `then`, and only the latest one given, when the event loop has nothing left to do. */
export function onLoopDrained(then: () => void): void {
  drained = then;
}

export function forgetLoop(): void {
  drained = undefined;
}

process.on('beforeExit', () => {
  const then = drained;
  drained = undefined;
  then?.();
});
