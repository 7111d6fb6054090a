/**
 * Hostile input, made up: whatever comes, each reader answers with a value or with an error that has a name, and
 * soon. FAAS_FUZZ_RUNS=100000 makes it thorough.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AwsError } from '../../../gateway/aws/errors.ts';
import type { AwsRequest } from '../../../gateway/aws/request.ts';
import { verifySignature } from '../../../gateway/aws/sigv4.ts';
import { parseQuery, parseTarget } from '../../../gateway/aws/uri.ts';
import { createChunkedDecoder } from '../../../gateway/s3/aws-chunked.ts';
import { planBody } from '../../../gateway/s3/body-plan.ts';
import { effectiveHeaders } from '../../../gateway/s3/call.ts';
import { readConditions } from '../../../gateway/s3/conditions.ts';
import { parseNotifications } from '../../../gateway/s3/notification-document.ts';
import { parseRange } from '../../../gateway/s3/range.ts';
import { parseCopySource, resourceOf } from '../../../gateway/s3/resource.ts';
import { routeOf } from '../../../gateway/s3/route.ts';
import { parseXml } from '../../../gateway/s3/xml.ts';
import { CHAIN, frame } from '../../support/aws-chunked-frames.ts';

const RUNS = Number(process.env['FAAS_FUZZ_RUNS'] ?? 2000);
const runs = { numRuns: RUNS };

/** Runs `work`: true when it ends, with a value or with an error that has a name on the wire. */
function survives(work: () => unknown): boolean {
  try {
    work();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
  }
  return true;
}

/** Text of the pieces that parsers look for, and of anything else. */
const textOf = (...pieces: string[]): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 8 })), {
      maxLength: 40,
    })
    .map((parts) => parts.join(''));

const target = textOf(
  '/',
  '//',
  '..',
  '%2e',
  '%00',
  '%ff',
  '%',
  '?',
  '&',
  '=',
  '+',
  'photos',
  '\\',
  'a/b',
  'versionId',
);

const headerValue = textOf(
  'AWS4-HMAC-SHA256 ',
  'Credential=faas/20261101/us-east-1/s3/aws4_request',
  'SignedHeaders=host;x-amz-date',
  'Signature=',
  'a'.repeat(64),
  ',',
  '=',
  '20261101T120000Z',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'UNSIGNED-PAYLOAD',
  'x-amz-checksum-crc32',
  'CRC64NVME',
  'bytes=0-',
  '-1',
  '99999999999999999999',
  '"',
  '*',
);

const HEADERS = [
  'authorization',
  'x-amz-date',
  'x-amz-content-sha256',
  'x-amz-decoded-content-length',
  'x-amz-trailer',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-checksum-crc32',
  'content-length',
  'content-md5',
  'content-encoding',
  'host',
  'date',
  'range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'x-amz-copy-source',
];

const headers = fc.dictionary(fc.constantFrom(...HEADERS), headerValue, { maxKeys: 8 });

const requests: fc.Arbitrary<AwsRequest> = fc
  .record({
    method: fc.constantFrom('GET', 'PUT', 'POST', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH'),
    target,
    headers,
    virtualHost: fc.option(fc.string({ maxLength: 10 }), { nil: undefined }),
  })
  .map(({ method, target: text, headers: given, virtualHost }) => {
    let parsed = { rawPath: '/', query: parseQuery('') };
    survives(() => {
      parsed = parseTarget(`/${text}`);
    });
    const rawHeaders = Object.entries(given).flat();
    return { method, headers: given, rawHeaders, virtualHost, sourceIp: '127.0.0.1', local: true, ...parsed };
  });

const findKey = (accessKeyId: string) =>
  accessKeyId === 'faas'
    ? ({ caller: { kind: 'account', account: 'faas', accessKeyId }, secretAccessKey: 'secret' } as const)
    : undefined;

describe('anything at all', () => {
  test('as a request is read, or refused by name', () => {
    fc.assert(
      fc.property(requests, (request) => {
        expect(
          survives(() => {
            const resource = resourceOf(request);
            const given = effectiveHeaders(request);
            routeOf({ method: request.method, resource, query: request.query, copies: false, form: false });
            planBody(given, undefined);
            readConditions(given);
          }),
        ).toBe(true);
      }),
      runs,
    );
  });

  test('as a signature is refused: nobody gets in', () => {
    fc.assert(
      fc.property(requests, (request) => {
        expect(
          survives(() => {
            const now = Date.parse('2026-11-01T12:00:00Z');
            expect(verifySignature(request, { service: 's3', findKey, now })).toBeUndefined();
          }),
        ).toBe(true);
      }),
      runs,
    );
  });

  test('as a key stays a key: nothing in it is lost or resolved', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }), (text) => {
        const key = text.toWellFormed();
        const rawPath = `/photos/${encodeURIComponent(key)}`;
        expect(resourceOf({ rawPath, virtualHost: undefined })).toEqual({ bucket: 'photos', key });
      }),
      runs,
    );
  });

  test('as a range is whole, within the object, or ignored', () => {
    fc.assert(
      fc.property(headerValue, fc.nat(1000), (text, size) => {
        expect(
          survives(() => {
            const range = parseRange(text, size);
            if (range) expect(0 <= range.first && range.first < range.end && range.end <= size).toBe(true);
          }),
        ).toBe(true);
      }),
      runs,
    );
  });

  test('as a copy source is read, or refused by name', () => {
    fc.assert(
      fc.property(target, (text) => {
        expect(survives(() => parseCopySource(text))).toBe(true);
      }),
      runs,
    );
  });
});

describe('an XML document', () => {
  const documents = textOf(
    '<',
    '>',
    '</',
    '/>',
    '<Delete>',
    '</Delete>',
    '<Object>',
    '</Object>',
    '<Key>',
    '</Key>',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    '<?xml version="1.0"?>',
    '<!DOCTYPE x [<!ENTITY a "b">]>',
    '&a;',
    '&amp;',
    '&#x0;',
    '&#1114112;',
    'xmlns="',
    '__proto__',
    'constructor',
  );

  test('of any kind is read, or refused by name', () => {
    fc.assert(
      fc.property(documents, (text) => {
        expect(
          survives(() => {
            const root = parseXml(`<Delete>${text}</Delete>`, 'Delete');
            for (const item of root.children('Object')) item.text('Key');
          }),
        ).toBe(true);
        expect(survives(() => parseXml(text, 'Delete'))).toBe(true);
        expect(
          survives(() =>
            parseNotifications(`<NotificationConfiguration>${text}</NotificationConfiguration>`, new Set()),
          ),
        ).toBe(true);
      }),
      runs,
    );
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('Key');
  });

  test('with entities is refused, however they are declared', () => {
    const bomb =
      '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><Delete><Key>&lol2;</Key></Delete>';
    expect(() => parseXml(bomb, 'Delete')).toThrow(AwsError);
  });
});

describe('a body in frames', () => {
  const pieces = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 30 });

  /** Feeds the bytes in pieces of these sizes. */
  function decode(
    bytes: Buffer,
    sizes: number[],
    options: Parameters<typeof createChunkedDecoder>[0],
  ): Buffer {
    const decoder = createChunkedDecoder(options);
    const out: Uint8Array[] = [];
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const size = sizes[turn % sizes.length] ?? 1;
      out.push(...decoder.push(bytes.subarray(at, at + size)));
      at += size;
    }
    decoder.finish();
    return Buffer.concat(out);
  }

  test('comes out as it went in, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        pieces,
        fc.integer({ min: 1, max: 70 }),
        fc.boolean(),
        (bytes, sizes, chunkSize, signed) => {
          const payload = Buffer.from(bytes);
          const chain = signed ? { chain: CHAIN } : {};
          const trailers = { 'x-amz-checksum-crc32': 'AAAAAA==' };
          const framed = frame(payload, { ...chain, chunkSize, trailers });
          const options = { ...chain, trailer: true, decodedLength: payload.length };
          expect(decode(framed, sizes, options).equals(payload)).toBe(true);
        },
      ),
      runs,
    );
  });

  test('that was changed anywhere is refused where it is signed', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (bytes, at, flip) => {
          const payload = Buffer.from(bytes);
          const framed = frame(payload, { chain: CHAIN, chunkSize: 50 });
          const place = at % framed.length;
          framed[place] = (framed[place] ?? 0) ^ flip;
          let out: Buffer | undefined;
          expect(
            survives(() => {
              out = decode(framed, [17], { chain: CHAIN, trailer: false, decodedLength: payload.length });
            }),
          ).toBe(true);
          // What is not payload may be written in another way that means the same: `0A` and `0a`.
          if (out) expect(out.equals(payload)).toBe(true);
        },
      ),
      runs,
    );
  });

  test('of any kind is read, or refused by name', () => {
    const rubbish = textOf(
      '5\r\n',
      '\r\n',
      '0\r\n',
      ';chunk-signature=',
      'a'.repeat(64),
      'ffffffffffffff',
      ':',
      'x-amz-checksum-crc32:',
    );
    fc.assert(
      fc.property(rubbish, pieces, fc.boolean(), (text, sizes, signed) => {
        const options = { ...(signed && { chain: CHAIN }), trailer: true, decodedLength: 5 };
        expect(survives(() => decode(Buffer.from(text), sizes, options))).toBe(true);
      }),
      runs,
    );
  });
});
