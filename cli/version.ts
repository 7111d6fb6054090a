import { readFileSync } from 'node:fs';

/** The version of the package this file belongs to; the same file from sources and from dist/. */
export function version(): string {
  for (const up of ['../', '../../']) {
    try {
      const manifest: unknown = JSON.parse(
        readFileSync(new URL(`${up}package.json`, import.meta.url), 'utf8'),
      );
      if (isManifest(manifest)) return manifest.version;
    } catch {
      // Not this folder: dist/ has no manifest of its own.
    }
  }
  return 'unknown';
}

const isManifest = (value: unknown): value is { version: string } =>
  typeof value === 'object' && value !== null && 'version' in value && typeof value.version === 'string';
