/** S3's XML documents, in and out. */
import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser';
import { AwsError } from '../aws/errors.ts';

/** Elements by name; an array repeats its element; undefined leaves it out. */
export type XmlContent = { [name: string]: XmlValue };
type XmlValue = string | number | boolean | undefined | XmlContent | readonly (string | XmlContent)[];

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  suppressEmptyNode: true,
  // Escaped by ourselves: the builder leaves control characters, which keys may hold.
  processEntities: false,
  tagValueProcessor: (_name, value) => escapeText(String(value)),
});

// Entities are left alone and decoded by ourselves: only the five names and numbers, never a DTD's.
const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  processEntities: false,
  removeNSPrefix: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  tagValueProcessor: (_name, value) => decodeEntities(value),
});

export function buildXml(root: string, content: XmlContent): string {
  return builder.build({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    [root]: { '@xmlns': NAMESPACE, ...content },
  });
}

/** Errors and the answers to forms carry no namespace. */
export const buildBareXml = (root: 'Error' | 'PostResponse', content: XmlContent): string =>
  builder.build({ '?xml': { '@version': '1.0', '@encoding': 'UTF-8' }, [root]: content });

/** The content of the document's one `root` element; throws MalformedXML. */
export function parseXml(text: string, root: string): XmlNode {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text) || XMLValidator.validate(text) !== true)
    throw new AwsError('MalformedXML');
  const document = parsed(text);
  const content = new XmlNode(document).children(root);
  if (content.length !== 1 || !content[0]) throw new AwsError('MalformedXML');
  return content[0];
}

/** The validator lets pass what the parser does not, an open CDATA section for one. */
function parsed(text: string): unknown {
  try {
    return parser.parse(text);
  } catch (cause) {
    throw cause instanceof AwsError ? cause : new AwsError('MalformedXML');
  }
}

/** A parsed element: what it holds is whatever the client sent, so every access says what it expects. */
export class XmlNode {
  #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  children(name: string): XmlNode[] {
    const value = this.#member(name);
    if (value === undefined) return [];
    return (Array.isArray(value) ? value : [value]).map((child) => new XmlNode(child));
  }

  /** The text of the child element, undefined when there is none. */
  text(name: string): string | undefined {
    const value = this.#member(name);
    if (value === undefined || typeof value === 'string') return value;
    throw new AwsError('MalformedXML');
  }

  /** The texts of all child elements of that name. */
  texts(name: string): string[] {
    const value = this.#member(name);
    const all: unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
    if (all.every((one) => typeof one === 'string')) return all;
    throw new AwsError('MalformedXML');
  }

  /** Everything in it, to be written again. */
  content(): XmlContent {
    // The parser makes texts, arrays and objects of these, which is what XmlContent allows.
    return typeof this.#value === 'object' && this.#value !== null ? (this.#value as XmlContent) : {};
  }

  #member(name: string): unknown {
    if (typeof this.#value !== 'object' || this.#value === null || !Object.hasOwn(this.#value, name))
      return undefined;
    return Reflect.get(this.#value, name);
  }
}

/** Control characters are illegal in XML 1.0; S3 writes references to them, which most parsers take. */
const escapeText = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- these are the characters meant
  text.replace(/[&<>"\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g, (character) => {
    const name = ESCAPES[character];
    return name ?? `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`;
  });

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[String(name)] ?? whole;
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
    if (code > 0x10ffff) throw new AwsError('MalformedXML');
    return String.fromCodePoint(code);
  });
}
