/** The certificate of the AWS-shaped endpoint: the user's, or one of our own making that clients can be told to trust. */
import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { FaasConfig } from '../../runtime/config/schema.ts';
import { FaasError } from '../../runtime/core/errors.ts';

export interface Certificate {
  cert: string;
  key: string;
  /** What clients must trust (AWS_CA_BUNDLE, NODE_EXTRA_CA_CERTS); undefined for a certificate of the user's own. */
  caFile?: string;
}

export interface CertificateOptions {
  tls: NonNullable<FaasConfig['tls']>;
  dataDir: string;
  /** Host names and addresses besides the loopback ones. */
  names: readonly string[];
  now: number;
}

const DAY_MS = 86_400_000;
/** What some clients take at most for a server's certificate. */
const VALID_MS = 820 * DAY_MS;
const RENEW_BEFORE_MS = 30 * DAY_MS;

/** Undefined when TLS is off. Throws ConfigInvalid when the files of the configuration are of no use. */
export async function certificateFor(options: CertificateOptions): Promise<Certificate | undefined> {
  const { tls, dataDir, now } = options;
  if (tls === false) return undefined;
  if (tls !== true) return readOwn(tls);
  const folder = join(dataDir, 'tls');
  const names = namesOf(options.names);
  return (await readMade(folder, names, now)) ?? (await make(folder, names, now));
}

async function readOwn({ cert, key }: { cert: string; key: string }): Promise<Certificate> {
  try {
    const [certText, keyText] = await Promise.all([readFile(cert, 'utf8'), readFile(key, 'utf8')]);
    // Parsed here so that a wrong file is told now and not by the first client.
    createSecureContext({ cert: certText, key: keyText });
    return { cert: certText, key: keyText };
  } catch (error) {
    throw new FaasError('ConfigInvalid', 'the certificate of the AWS endpoint cannot be read', {
      expected: 'tls.cert and tls.key: paths of PEM files',
      got: error instanceof Error ? error.message : String(error),
      remedy: 'correct the paths, or write tls: true for a certificate that faas makes',
      cause: error,
    });
  }
}

/** What an earlier start made, as long as it is valid and for these very names. */
async function readMade(
  folder: string,
  names: readonly string[],
  now: number,
): Promise<Certificate | undefined> {
  try {
    const [cert, key] = await Promise.all([
      readFile(join(folder, 'cert.pem'), 'utf8'),
      readFile(join(folder, 'key.pem'), 'utf8'),
    ]);
    const { validToDate, subjectAltName = '' } = new X509Certificate(cert);
    const covered = new Set(subjectAltName.split(', ').map((entry) => entry.replace(/^[^:]*:/, '')));
    const isCurrent = validToDate.getTime() - now > RENEW_BEFORE_MS;
    if (!isCurrent || !names.every((name) => isIP(name) || covered.has(name))) return undefined;
    return { cert, key, caFile: join(folder, 'ca.pem') };
  } catch {
    return undefined; // none yet, or damaged: a new one is made
  }
}

/**
 * An authority and a certificate signed by it, because some clients refuse one that is both. The authority's key is
 * thrown away: nobody can sign anything else with what the user is asked to trust.
 */
async function make(folder: string, names: readonly string[], now: number): Promise<Certificate> {
  // It takes 60 ms to load, which a start without TLS need not pay.
  const { generate } = await import('selfsigned');
  const common = {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - DAY_MS),
    notAfterDate: new Date(now + VALID_MS),
  } as const;
  const authority = await generate([{ name: 'commonName', value: 'faas local authority' }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...common,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) => (isIP(name) ? { type: 7, ip: name } : { type: 2, value: name })),
      },
    ],
  });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await write(join(folder, 'ca.pem'), authority.cert);
  await write(join(folder, 'key.pem'), made.private);
  await write(join(folder, 'cert.pem'), made.cert);
  return { cert: made.cert, key: made.private, caFile: join(folder, 'ca.pem') };
}

/** Buckets are addressed below the names as well. */
function namesOf(more: readonly string[]): string[] {
  const hosts = ['localhost', 'host.docker.internal', ...more.map((name) => name.replace(/^\*?\./, ''))];
  const names = hosts
    .filter((host) => isIP(host) === 0)
    .flatMap((host) => [host, `*.${host}`, `*.s3.${host}`]);
  return [...new Set([...names, '127.0.0.1', '::1', ...hosts.filter((host) => isIP(host) > 0)])];
}

async function write(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
