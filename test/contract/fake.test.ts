import { createFakeDriver, type FakeDriver } from '../../runtime/sandbox/fake.ts';
import { dataDirId } from '../../runtime/core/ids.ts';
import { driverContract } from './driver-contract.ts';

const made = new Map<string, { driver: FakeDriver; sessionId: string }>();

driverContract(
  'fake',
  ({ dataDir, sessionId }) => {
    const driver = createFakeDriver({ delays: { ready: 1 } });
    made.set(dataDir, { driver, sessionId });
    return driver;
  },
  {
    runsFunctions: false,
    async inventory(dataDir) {
      const { driver, sessionId } = made.get(dataDir) ?? {};
      return (driver?.alive ?? []).map(({ id }) => ({
        sandboxId: id,
        sessionId: sessionId ?? '',
        dataDirId: dataDirId(dataDir),
      }));
    },
    async endFromOutside(sandbox) {
      for (const { driver } of made.values()) {
        driver.sandboxes
          .find((one) => one === sandbox)
          ?.exit({ code: null, signal: 'SIGKILL', outside: true });
      }
    },
  },
);
