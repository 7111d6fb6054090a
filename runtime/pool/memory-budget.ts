/** How much memory all sandboxes together were given, and whether one more fits. */
export class MemoryBudget {
  readonly #limitMb: number;
  #givenMb = 0;

  /** @param limitMb Infinity: no limit */
  constructor(limitMb: number) {
    this.#limitMb = limitMb;
  }

  get limitMb(): number {
    return this.#limitMb;
  }

  fits(memoryMb: number): boolean {
    return this.#givenMb + memoryMb <= this.#limitMb;
  }

  /** How much has to come back before `memoryMb` fits. */
  missingMb(memoryMb: number): number {
    return this.#givenMb + memoryMb - this.#limitMb;
  }

  give(memoryMb: number): void {
    this.#givenMb += memoryMb;
  }

  takeBack(memoryMb: number): void {
    this.#givenMb -= memoryMb;
  }
}
