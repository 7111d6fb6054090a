import { appendFile, copyFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../../../runtime/core/log.ts';
import { canAssembleImage } from '../../../runtime/sandbox/docker/image/node-files.ts';
import { ensureImage } from '../../../runtime/sandbox/docker/image/image.ts';
import { engine, engineNote } from '../../contract/docker-engine.ts';
import { openWorkshop } from './subject.ts';

const root = import.meta.dirname.replace(/test.integration.docker$/, '');

describe.skipIf(!engine || !canAssembleImage())(
  `the image made from this machine’s Node${engineNote}`,
  () => {
    let folder: string;
    let nodePath: string;
    const images = new Set<string>();

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'faas-'));
      nodePath = join(folder, 'node');
      await copyFile(process.execPath, nodePath);
      // A Node like ours, but none that an image exists of yet: what follows its last section is not read.
      await appendFile(nodePath, `test ${process.pid} ${Date.now()}`);
    });
    afterAll(async () => {
      // Somebody who cleans up on the same engine may have been quicker.
      await Promise.allSettled(
        [...images].map((name) => engine!.docker.getImage(name).remove({ force: true })),
      );
      await rm(folder, { recursive: true });
    });

    const ensure = async (
      cache: string,
      onProgress: (message: string) => void = () => undefined,
    ): Promise<string> => {
      const options = { engine: engine!, configured: undefined, nodePath, log: silentLogger, onProgress };
      const name = await ensureImage({ ...options, cacheDir: join(folder, cache) });
      images.add(name);
      return name;
    };
    /** Of this content only: other tests, and other runtimes on the engine, make images of their own. */
    const nameless = async (name: string): Promise<number> => {
      const label = [`faas.image.content=${name.split(':')[1]}`];
      return (await engine!.docker.listImages({ filters: { label, dangling: ['true'] } })).length;
    };

    test('is left once by runtimes that make it at once, and tells how far it is', async () => {
      const messages: string[] = [];
      const [one, two, three] = await Promise.all([
        ensure('one', (message) => messages.push(message)),
        ensure('two'),
        ensure('three'),
      ]);
      expect(one).toMatch(/^faas-node:[0-9a-f]{12}$/);
      expect([two, three]).toEqual([one, one]);
      expect(messages.at(-1)).toMatch(/^assembling the function image: 100% of \d+ MB$/);
      expect(new Set(messages).size).toBe(messages.length);
      await expect.poll(() => nameless(one)).toBe(0);
    });

    test('is found again without making or hashing it', async () => {
      const messages: string[] = [];
      expect(await ensure('one', (message) => messages.push(message))).toBe([...images][0]);
      expect(messages).toEqual([]);
    });

    test('is another one when Node is another one', async () => {
      await appendFile(nodePath, ' updated');
      const before = [...images];
      expect(before).not.toContain(await ensure('one'));
    });

    test('runs native modules: sharp makes a thumbnail in it', async () => {
      const workshop = await openWorkshop();
      const modules = ['sharp', '@img', 'detect-libc', 'semver'];
      await Promise.all(
        modules.map((name) =>
          cp(join(root, 'node_modules', name), join(workshop.revision.artifactDir, 'node_modules', name), {
            recursive: true,
          }),
        ),
      );
      const code = `
      const sharp = require('sharp');
      const picture = await sharp({ create: { width: 400, height: 300, channels: 3, background: 'red' } }).jpeg().toBuffer();
      const { width, height, format } = await sharp(await sharp(picture).resize(80).webp().toBuffer()).metadata();
      return { width, height, format }`;
      expect(await workshop.evaluate(code, { memoryMb: 512 })).toEqual({
        width: 80,
        height: 60,
        format: 'webp',
      });
      await workshop.close();
    });

    test('resolves names and users through glibc', async () => {
      const workshop = await openWorkshop();
      const code = `return [require('os').userInfo().username, (await require('dns').promises.lookup('localhost')).address]`;
      expect(await workshop.evaluate(code)).toEqual([
        'sbx_user1051',
        expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
      ]);
      await workshop.close();
    });

    test('is made anew when somebody removes it while the runtime runs', async () => {
      const workshop = await openWorkshop({ nodePath });
      const name = await ensure('one');
      await engine!.docker.getImage(name).remove({ force: true });
      const answers = await Promise.all([1, 2].map((n) => workshop.evaluate(`return ${n}`)));
      expect(answers).toEqual([1, 2]);
      await workshop.close();
    });
  },
);

describe.skipIf(!engine)(`a configured image${engineNote}`, () => {
  test('that is nowhere to be had is refused by name, with what to do', async () => {
    const image = 'faas.invalid/no/such-image:1';
    await expect(openWorkshop({ docker: { image } })).rejects.toMatchObject({
      code: 'ImageMissing',
      message: expect.stringContaining(image),
      remedy: expect.stringContaining('docker.image'),
    });
  });

  test('that the engine has is used as it is', async () => {
    const node = await openWorkshop();
    const image = `faas-test-image:${process.pid}`;
    const [made] = await engine!.docker.listImages({
      filters: { label: ['faas.image'], dangling: ['false'] },
    });
    await engine!.docker.getImage(made!.Id).tag({ repo: 'faas-test-image', tag: String(process.pid) });
    const workshop = await openWorkshop({ docker: { image } });
    expect(await workshop.evaluate('return process.version')).toBe(process.version);
    await Promise.all([node.close(), workshop.close()]);
    await engine!.docker.getImage(image).remove();
  });
});
