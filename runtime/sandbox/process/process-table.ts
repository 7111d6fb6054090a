/** What the operating system tells about processes: from /proc where there is one, else from `ps`. */
import { existsSync } from 'node:fs';
import { linuxTable } from './proc-table.ts';
import type { ProcessTable } from './process-info.ts';
import { portableTable } from './ps-table.ts';

export const processTable: ProcessTable = existsSync('/proc/self/stat') ? linuxTable : portableTable;
