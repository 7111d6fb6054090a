/** The HTML report in a real browser. Without one the tests are skipped and say so. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workspace } from '../support/faas.ts';
import { writeLedger } from '../support/ledger.ts';

const MAIN = resolve(import.meta.dirname, '../../cli/main.ts');

function findChromium(): string | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const given = process.env['CHROMIUM'];
  if (given !== undefined) return given;
  return names
    .map((name) => spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim())
    .find((path) => path !== '');
}

const executablePath = findChromium();
if (executablePath === undefined) {
  console.warn('no chromium is installed (or named by CHROMIUM): the tests of the HTML report are skipped');
}

describe.skipIf(executablePath === undefined)('the HTML report', () => {
  let place: Awaited<ReturnType<typeof workspace>>;
  let browser: Browser;
  let file: string;

  beforeAll(async () => {
    place = await workspace();
    writeLedger(join(place.folder, '.faas'));
    file = join(place.folder, 'cost.html');
    const flags = ['cost', '--project', '--free-tier', '--format', 'html', '-o', file];
    execFileSync(process.execPath, [MAIN, ...flags], {
      cwd: place.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    await place[Symbol.asyncDispose]();
  });

  it.each([
    ['light', 400],
    ['light', 1600],
    ['dark', 400],
    ['dark', 1600],
  ] as const)('opens without an error or a request: %s, %i px', async (colorScheme, width) => {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 1000 } });
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    expect(complaints).toEqual([]);
    expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(file).href]);

    // Only tables may be wider than the window, and they scroll by themselves.
    const wider = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
    expect(wider).toBeLessThanOrEqual(0);
    expect(await page.locator('svg').count()).toBe(3);
    const smallest = await page
      .locator('svg text')
      .evaluateAll((texts) => Math.min(...texts.map((text) => text.getBoundingClientRect().height)));
    expect(smallest).toBeGreaterThan(8);
    const colours = await page.evaluate<number[]>(
      `['backgroundColor', 'color'].map((key) => Number(/\\d+/.exec(getComputedStyle(document.body)[key])[0]))`,
    );
    expect(colours[0]! > colours[1]!).toBe(colorScheme === 'light');
    const shots = process.env['FAAS_SCREENSHOTS'];
    if (shots !== undefined)
      await page.screenshot({ path: `${shots}/cost-${colorScheme}-${width}.png`, fullPage: true });
    await page.close();
  });

  it('no words cover each other in the pictures', async () => {
    const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
    await page.goto(pathToFileURL(file).href);
    const covered = await page.locator('svg').evaluateAll((pictures) =>
      pictures.flatMap((picture) => {
        const texts = [...picture.querySelectorAll('text')].filter((text) => text.textContent !== '');
        const boxes = texts.map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
        return boxes.flatMap((a, index) =>
          boxes
            .slice(index + 1)
            .filter(
              (b) =>
                a.box.left < b.box.right - 1 &&
                b.box.left < a.box.right - 1 &&
                a.box.top < b.box.bottom - 3 &&
                b.box.top < a.box.bottom - 3,
            )
            .map((b) => `${a.text} / ${b.text}`),
        );
      }),
    );
    expect(covered).toEqual([]);
    await page.close();
  });

  it('says what the JSON report says', async () => {
    const text = execFileSync(process.execPath, [MAIN, 'cost', '--json'], {
      cwd: place.folder,
      encoding: 'utf8',
    });
    const { totals } = JSON.parse(text) as { totals: { invocations: number; totalUsd: number } };
    const html = readFileSync(file, 'utf8');
    expect(html).toContain(totals.invocations.toLocaleString('en-US'));
    expect(html).toContain(`$${totals.totalUsd.toFixed(4).replace(/0+$/, '')}`.slice(0, 5));
    expect(html).not.toMatch(/<script|@import|url\(|https?:\/\/[^\s<]*\.(?:js|css|woff2?)/);
  });
});
