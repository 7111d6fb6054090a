/** Entry of the `faas` command; cli/faas.js loads it. */
import { endQuietlyOnClosedPipe, processIo } from './io.ts';
import { runCli } from './program.ts';

const io = processIo();
endQuietlyOnClosedPipe(io);
process.exitCode = await runCli(process.argv.slice(2), io);
