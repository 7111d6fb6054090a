/** Buffer skips what is not base64; the length tells whether it had to. Padding may be missing, not wrong. */
export function decodeBase64(text: string): Buffer | undefined {
  const padding = /={0,2}$/.exec(text)?.[0].length ?? 0;
  const digits = text.length - padding;
  if (digits % 4 === 1 || (padding > 0 && text.length % 4 !== 0)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === Math.floor((digits * 3) / 4) ? bytes : undefined;
}

/** How long so many bytes are as base64, padding included. */
export const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;
