/**
 * What of a function folder stays at home: secrets and bulk by default, then `.dockerignore` (Docker's rules), then
 * `.faasignore` (the rules of .gitignore), which has the last word and may bring back with `!`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import dockerignore from '@balena/dockerignore';
import ignore from 'ignore';

/** Kept out by default and named in the deploy's notes; in the notation of .gitignore. */
const SECRETS = `
.env
.env.*
*.env
.envrc
*.pem
*.key
*.p12
*.pfx
*.jks
*.keystore
*.kdbx
*.ppk
id_rsa*
id_dsa*
id_ecdsa*
id_ed25519*
.aws/
.ssh/
.gnupg/
.kube/
.docker/
.azure/
.gcloud/
.npmrc
.yarnrc.yml
.netrc
.pypirc
.git-credentials
.htpasswd
.vault-token
*.tfstate
*.tfstate.*
*.tfvars
`;

/** Kept out by default and not worth a word: version control, tools, tests, what is of no use at run time. */
const BULK = `
.git
.hg/
.svn/
.faas/
node_modules
.pnpm-store/
.yarn/
.pnp.*
.DS_Store
Thumbs.db
.idea/
.vscode/
*.swp
*~
.gitignore
.gitattributes
.editorconfig
.dockerignore
.faasignore
Dockerfile
faas.config.*
package-lock.json
npm-shrinkwrap.json
yarn.lock
pnpm-lock.yaml
bun.lock
bun.lockb
npm-debug.log*
yarn-error.log*
coverage/
.nyc_output/
.serverless/
.aws-sam/
cdk.out/
tsconfig.json
tsconfig.*.json
*.tsbuildinfo
*.d.ts
*.d.[cm]ts
__tests__/
*.test.[jt]s
*.test.[jt]sx
*.test.[cm][jt]s
*.spec.[jt]s
*.spec.[jt]sx
*.spec.[cm][jt]s
`;

export const IGNORE_FILES = ['.dockerignore', '.faasignore'];

export type Verdict = 'carry' | 'ignore' | 'secret';

export interface IgnoreRules {
  /** `path` relative to the function folder, with slashes; a folder's ends in one. */
  judge(path: string): Verdict;
  /** Whether something below an ignored folder may still be carried. */
  mayCarryBelow(folder: string): boolean;
}

export function loadIgnoreRules(source: string): IgnoreRules {
  return createIgnoreRules({
    dockerignore: readIfThere(join(source, '.dockerignore')),
    faasignore: readIfThere(join(source, '.faasignore')),
  });
}

export function createIgnoreRules(files: { dockerignore?: string; faasignore?: string }): IgnoreRules {
  const own = ignore().add(files.faasignore ?? '');
  const defaults = ignore()
    .add(BULK)
    .add(SECRETS)
    .add(files.faasignore ?? '');
  const secrets = ignore().add(SECRETS);
  const docker = dockerignore.default({ ignorecase: false }).add(files.dockerignore ?? '');
  // Docker lets `!a/b` bring back what is below an ignored `a`; the rules of .gitignore do not.
  const dockerBringsBack = /^\s*!/m.test(files.dockerignore ?? '');
  const ignoredByDocker = (path: string): boolean => docker.ignores(path.replace(/\/$/, ''));

  return {
    judge(path) {
      if (defaults.ignores(path)) return secrets.ignores(path) && !own.ignores(path) ? 'secret' : 'ignore';
      return ignoredByDocker(path) && !own.test(path).unignored ? 'ignore' : 'carry';
    },
    mayCarryBelow: (folder) => dockerBringsBack && !defaults.ignores(folder) && ignoredByDocker(folder),
  };
}

/**
 * `*.pem` is kept out as a key; a bundle of certificates (a database's CA, say) is public and often read by functions.
 */
export function isCertificateOnly(pem: string): boolean {
  const labels = [...pem.matchAll(/-----BEGIN ([^-]+)-----/g)].map(([, label]) => label);
  return labels.length > 0 && labels.every((label) => label?.endsWith('CERTIFICATE'));
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
