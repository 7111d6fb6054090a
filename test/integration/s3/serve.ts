/** An endpoint in a process of its own, to be killed or measured. argv: the data directory. */
import { startEndpoint, triggeredBy } from './endpoint.ts';

const dataDir = process.argv[2];
if (!dataDir) throw new Error('expected a data directory');
const endpoint = await startEndpoint({ dataDir, functions: [triggeredBy('resize', {})] });
process.on('message', () => process.send?.({ maxRssMb: process.resourceUsage().maxRSS / 1024 }));
process.send?.({ url: endpoint.url });
