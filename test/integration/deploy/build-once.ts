/** One build in a process of its own, to be killed: node build-once.ts DATA_DIR SOURCE */
import { silentLogger } from '../../../runtime/core/log.ts';
import { createDeployer } from '../../../runtime/deploy/index.ts';
import { HOST, settingsFor } from './settings.ts';

const [dataDir = '', source = ''] = process.argv.slice(2);
const deployer = createDeployer({ dataDir, target: HOST, log: silentLogger });
await deployer.build(settingsFor(source));
await deployer.close();
