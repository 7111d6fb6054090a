/** JSON documents that arrive line by line, to be waited for by what they say. */
export class JsonLines {
  readonly #seen: unknown[] = [];
  readonly #waiting = new Set<(line: unknown) => void>();
  readonly #failed = Promise.withResolvers<never>();

  constructor(source: AsyncIterable<string>) {
    // Nobody may be waiting when it fails.
    this.#failed.promise.catch(() => {});
    void this.#read(source);
  }

  first<T>(fits: (line: unknown) => line is T): Promise<T> {
    const past = this.#seen.find(fits);
    if (past !== undefined) return Promise.resolve(past);
    const { promise, resolve } = Promise.withResolvers<T>();
    const check = (line: unknown): void => {
      if (!fits(line)) return;
      this.#waiting.delete(check);
      resolve(line);
    };
    this.#waiting.add(check);
    return Promise.race([promise, this.#failed.promise]);
  }

  fail(error: Error): void {
    this.#failed.reject(error);
  }

  async #read(source: AsyncIterable<string>): Promise<void> {
    for await (const text of source) {
      const line: unknown = JSON.parse(text);
      this.#seen.push(line);
      for (const check of this.#waiting) check(line);
    }
  }
}
