import { Option, type Command } from 'commander';
import { wholeNumber } from '../deploy-flags.ts';

/** What `faas start` and `faas dev` take. */
export interface ServeFlags {
  port?: number;
  adminPort?: number;
  awsPort?: number;
  awsTlsPort?: number;
  tls?: boolean;
  chaos?: string;
  host?: string;
  driver?: string;
}

export const withServeFlags = (command: Command): Command =>
  command
    .option('--port <n>', 'port of the HTTP triggers, 0 for any free one (default: 4000)', wholeNumber)
    .option('--admin-port <n>', 'port of the administration API (default: 4001)', wholeNumber)
    .option('--aws-port <n>', 'port of the AWS-shaped endpoint (default: 4566)', wholeNumber)
    .option('--tls', 'serve the AWS-shaped endpoint over TLS as well, with a certificate of its own making')
    .option('--aws-tls-port <n>', 'port for that (default: 4567)', wholeNumber)
    .option('--chaos <modes>', 'deliver events badly, to try out idempotency: duplicate,delay,reorder')
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .addOption(
      new Option('--driver <name>', 'what runs the functions (default: auto)').choices([
        'auto',
        'docker',
        'process',
      ]),
    );
