/** Text that is safe inside HTML and SVG, and the few elements pictures are made of. */

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Names come from users and from requests; none of them may become markup. */
export const escape = (text: string): string =>
  text.replaceAll(/[&<>"']/gu, (character) => ENTITIES[character] ?? character);

type Attributes = Record<string, string | number | undefined>;

/** An element; attribute values are escaped, children are markup already. */
export function element(name: string, attributes: Attributes = {}, ...children: string[]): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${escape(typeof value === 'number' ? short(value) : value)}"`],
  );
  return children.length === 0 && VOID.has(name)
    ? `<${name}${written.join('')}/>`
    : `<${name}${written.join('')}>${children.join('')}</${name}>`;
}

const VOID = new Set(['line', 'rect', 'circle', 'path']);

/** Coordinates to a tenth of a pixel. */
const short = (value: number): string => String(Math.round(value * 10) / 10);

/** Text of a picture; `anchor` says which end stands at `x`. */
export const label = (
  text: string,
  {
    anchor = 'start',
    ...attributes
  }: Attributes & { x: number; y: number; anchor?: 'start' | 'middle' | 'end' },
): string => element('text', { ...attributes, 'text-anchor': anchor }, escape(text));
