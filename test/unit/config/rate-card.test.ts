import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseRateCard, readRateCard } from '../../../runtime/config/rate-card.ts';
import { FaasError } from '../../../runtime/core/errors.ts';
import { bill } from '../../../runtime/metering/bill.ts';
import { RATE_CARDS } from '../../../runtime/metering/rate-cards/index.ts';
import { makeRecord } from '../store/harness.ts';

const SMALL = { name: 'Ours', effectiveFrom: '2026-01-01', perGbSecond: '0.00001' };

const failure = (raw: unknown): FaasError => {
  try {
    parseRateCard(raw, 'card.json');
  } catch (error) {
    if (error instanceof FaasError) return error;
    throw error;
  }
  throw new Error('it was accepted');
};

describe("a rate card of one's own", () => {
  it('needs a name, a day and a price; the rest has defaults', () => {
    const card = parseRateCard(SMALL, 'card.json');
    expect(card).toMatchObject({
      id: 'own',
      perRequest: '0',
      perGbSecond: [{ upTo: null, price: '0.00001' }],
    });
    const record = makeRecord({ memoryMb: 1024, durationMs: 1000 });
    expect(bill(record, card).totalUsd.toString()).toBe('0.00001');
  });

  it('may say everything that ours say', () => {
    for (const { family: _family, currency: _currency, ...card } of RATE_CARDS) {
      const read = parseRateCard(structuredClone(card), 'card.json');
      const { free, notes, ...rest } = card;
      expect(read).toMatchObject({ ...rest, free, notes: notes ?? [] });
    }
  });

  it('is what the documentation shows', () => {
    const docs = readFileSync(new URL('../../../docs/cost.md', import.meta.url), 'utf8');
    const [, example] = /```json\n(\{\n {2}"name"[\s\S]*?\n\})\n```/.exec(docs) ?? [];
    const card = parseRateCard(JSON.parse(example!), 'docs/cost.md');
    // 12 ms in steps of 10, at least 50; 61 MB in steps of 64.
    const record = makeRecord({ durationMs: 12, maxMemoryMb: 61, memoryMb: 512 });
    expect(bill(record, card).gbSeconds.toString()).toBe('0.003125');
  });

  const mistakes: [what: string, raw: unknown, message: string, expected: string][] = [
    ['no object', 5, 'card.json', 'a rate card'],
    ['a price that is a number', { ...SMALL, perRequest: 0.2 }, 'perRequest', 'decimal text'],
    ['a price in scientific notation', { ...SMALL, perRequest: '2e-7' }, 'perRequest', 'decimal text'],
    ['a negative price', { ...SMALL, perGbSecond: '-1' }, 'perGbSecond', 'decimal text'],
    ['an unknown key', { ...SMALL, perRequests: '1' }, 'perRequests', 'one of the keys'],
    ['no day', { name: 'x', perGbSecond: '1' }, 'effectiveFrom', 'YYYY-MM-DD'],
    [
      'tiers that end',
      { ...SMALL, perGbSecond: [{ upTo: '10', price: '1' }] },
      'perGbSecond',
      'ascending order, the last one',
    ],
    [
      'tiers out of order',
      {
        ...SMALL,
        perGbSecond: [
          { upTo: '10', price: '1' },
          { upTo: '5', price: '1' },
          { upTo: null, price: '1' },
        ],
      },
      'perGbSecond',
      'ascending order',
    ],
    ['a step of nothing', { ...SMALL, duration: { stepMs: 0 } }, 'duration.stepMs', 'from 1'],
    ['a basis that is none', { ...SMALL, memory: { basis: 'guessed' } }, 'memory', 'basis'],
  ];
  it.each(mistakes)(
    'with %s is refused, with its path and what was expected',
    (_, raw, message, expected) => {
      const error = failure(raw);
      expect(error.code).toBe('ConfigInvalid');
      expect(error.message).toContain(message);
      expect(`${error.expected} ${error.message}`).toContain(expected);
    },
  );

  it('that is not there is told by its name', async () => {
    await expect(readRateCard('/nowhere/card.json')).rejects.toMatchObject({
      code: 'ConfigNotFound',
      message: expect.stringContaining('/nowhere/card.json'),
    });
  });
});
