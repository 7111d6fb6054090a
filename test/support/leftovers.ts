/** What sessions of a data directory left on the machine: containers, processes, folders. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataDirId } from '../../runtime/core/ids.ts';
import { dockerTests } from './drivers.ts';

export function leftovers(dataDir: string): string[] {
  return [...livingLeftovers(dataDir), ...sandboxFolders(dataDir)];
}

/** Containers and processes only, and none of the session `except`. */
export function livingLeftovers(dataDir: string, except?: string): string[] {
  const id = dataDirId(dataDir);
  return [...containers(id, except), ...processes(id, except)];
}

function containers(id: string, except: string | undefined): string[] {
  if (!dockerTests) return [];
  const listed = execFileSync(
    'docker',
    ['ps', '-a', '--filter', `label=faas.data-dir=${id}`, '--format', '{{.ID}} {{.Label "faas.session"}}'],
    {
      encoding: 'utf8',
    },
  );
  return listed
    .split('\n')
    .filter((line) => line !== '' && !line.endsWith(except ?? 'none'))
    .map((container) => `container ${container}`);
}

/** By the variable that every sandbox process and its children carry (Linux). */
function processes(id: string, except: string | undefined): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const ours = environment.includes(`FAAS_DATA_DIR_ID=${id}`);
        const excepted = except !== undefined && environment.includes(`FAAS_SESSION=${except}`);
        return ours && !excepted ? [`process ${pid} ${command}`] : [];
      } catch {
        return [];
      }
    });
}

/** The docker driver keeps its own in a folder of its own, which stays. */
function sandboxFolders(dataDir: string): string[] {
  const root = join(dataDir, 'sandboxes');
  return [...entries(root).filter((name) => name !== 'docker'), ...entries(join(root, 'docker'))].map(
    (name) => `folder ${name}`,
  );
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
