/** Reads the schema itself: what stands at a path, and what an option says of itself. */
import * as z from 'zod';

export type Path = readonly PropertyKey[];

/** The schema without what wraps it: defaults, optionality, transformations. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodTypes {
  // $ZodTypes is the closed union of what zod makes; $ZodType is its open base.
  const known = schema as z.core.$ZodTypes;
  switch (known._zod.def.type) {
    case 'optional':
    case 'default':
    case 'prefault':
    case 'nullable':
      return unwrap(known._zod.def.innerType);
    case 'pipe':
      return unwrap(known._zod.def.in);
    default:
      return known;
  }
}

/** The schema at a path, or undefined where the path leaves what the schema knows. */
export function schemaAt(root: z.core.$ZodType, path: Path): z.core.$ZodType | undefined {
  let current: z.core.$ZodType | undefined = root;
  for (const key of path) {
    if (!current) return undefined;
    current = child(unwrap(current), key);
  }
  return current;
}

function child(schema: z.core.$ZodTypes, key: PropertyKey): z.core.$ZodType | undefined {
  const { def } = schema._zod;
  switch (def.type) {
    case 'object':
      return Object.hasOwn(def.shape, key) ? def.shape[String(key)] : undefined;
    case 'record':
      return def.valueType;
    case 'array':
      return def.element;
    case 'union':
      return def.options.map((option) => child(unwrap(option), key)).find((found) => found !== undefined);
    default:
      return undefined;
  }
}

/** The keys an object may have at a path. */
export function keysAt(root: z.core.$ZodType, path: Path): string[] {
  const schema = schemaAt(root, path);
  return schema ? objectKeys(unwrap(schema)) : [];
}

function objectKeys(schema: z.core.$ZodTypes): string[] {
  const { def } = schema._zod;
  if (def.type === 'object') return Object.keys(def.shape);
  if (def.type === 'union') return def.options.flatMap((option) => objectKeys(unwrap(option)));
  return [];
}

export interface Option {
  path: readonly string[];
  schema: z.core.$ZodType;
  meta: z.GlobalMeta;
  /** In the notation of the configuration file; undefined where there is none. */
  defaultValue: unknown;
  required: boolean;
}

/** Every option an object schema (or the object among its alternatives) declares, in order; objects in it are opened. */
export function optionsOf(root: z.core.$ZodType, path: readonly string[] = []): Option[] {
  const { def } = unwrap(root)._zod;
  if (def.type === 'union') return def.options.flatMap((option) => optionsOf(option, path));
  if (def.type !== 'object') return [];
  return Object.entries(def.shape).flatMap(([key, schema]): Option[] => {
    const here = [...path, key];
    if (unwrap(schema)._zod.def.type === 'object') return optionsOf(schema, here);
    return [{ path: here, schema, meta: metaOf(schema), ...defaultOf(schema) }];
  });
}

/** What an option says of itself; what wraps it may add to what it wraps. */
export function metaOf(schema: z.core.$ZodType): z.GlobalMeta {
  const inner = innerOf(schema);
  return { ...(inner && metaOf(inner)), ...z.globalRegistry.get(schema) };
}

function defaultOf(schema: z.core.$ZodType): { defaultValue: unknown; required: boolean } {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'prefault' || def.type === 'default')
    return { defaultValue: def.defaultValue, required: false };
  return { defaultValue: undefined, required: def.type !== 'optional' };
}

function innerOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'optional' || def.type === 'prefault' || def.type === 'default') return def.innerType;
  return def.type === 'pipe' ? def.in : undefined;
}
