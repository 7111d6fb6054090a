/** What `faas new` writes: small functions that deploy as they are. Text, so that the package can carry them. */
import { http } from './http.ts';
import { lambdaTs } from './lambda-ts.ts';
import { s3 } from './s3.ts';
import type { Template } from './template.ts';
import { web } from './web.ts';

export const TEMPLATES = { http, s3, web, 'lambda-ts': lambdaTs } as const satisfies Record<string, Template>;

export type TemplateName = keyof typeof TEMPLATES;

export const TEMPLATE_NAMES = Object.keys(TEMPLATES);

export const isTemplateName = (name: string): name is TemplateName => Object.hasOwn(TEMPLATES, name);
