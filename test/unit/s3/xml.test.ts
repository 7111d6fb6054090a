import { XMLParser } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { buildXml, parseXml } from '../../../gateway/s3/xml.ts';

test('text survives the way there and back, markup and white space included', () => {
  for (const key of [
    'a&b',
    '<a>',
    '"\'',
    ' a ',
    'a\nb\tc',
    ']]>',
    '&amp;',
    'ü😀',
    '__proto__',
    '0x1',
    '1e3',
    '007',
  ]) {
    const xml = buildXml('Delete', { Object: [{ Key: key }] });
    expect(parseXml(xml, 'Delete').children('Object')[0]?.text('Key')).toBe(key);
  }
});

test('control characters are written as references', () => {
  expect(buildXml('R', { Key: 'a\u0001\rb' })).toContain('<Key>a&#x1;&#xD;b</Key>');
});

test('what is undefined is left out, and an array repeats its element', () => {
  const xml = buildXml('R', { A: undefined, B: '', C: [{ D: 1 }, { D: 2 }], E: [], F: false });
  expect(new XMLParser({ ignoreAttributes: true }).parse(xml).R).toEqual({
    B: '',
    C: [{ D: 1 }, { D: 2 }],
    F: false,
  });
});

test.each(['with', 'without'])('a document %s a namespace is read alike', (kind) => {
  const [open, p] = kind === 'with' ? ['xmlns:s="http://s3.amazonaws.com/doc/2006-03-01/"', 's:'] : ['', ''];
  const document = parseXml(
    `<${p}Delete ${open}><${p}Object><${p}Key>a</${p}Key></${p}Object></${p}Delete>`,
    'Delete',
  );
  expect(document.children('Object').map((item) => item.text('Key'))).toEqual(['a']);
});

test.each([
  ['nothing', ''],
  ['no XML', 'hello'],
  ['an element that is not closed', '<Delete><Object></Delete>'],
  ['another root', '<Other/>'],
  ['two roots', '<Delete/><Delete/>'],
  ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><Delete>&b;</Delete>'],
  ['a reference beyond Unicode', '<Delete><Key>&#x110000;</Key></Delete>'],
])('%s is refused', (_name, xml) => {
  expect(() => parseXml(xml, 'Delete')).toThrow(/XML/);
});

test('an element where text is due is refused', () => {
  expect(() => parseXml('<Delete><Key><b/></Key></Delete>', 'Delete').text('Key')).toThrow(/XML/);
});
