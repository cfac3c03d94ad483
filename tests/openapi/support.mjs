// What the tests of the document and of its page share: a Worker with all that it speaks of.

import { after } from "node:test";
import { devConfig } from "../../src/tools/dev-config.mjs";
import { startSandbox } from "../sandbox/server.mjs";
import { useWorker } from "../support/world.mjs";

/** A Worker with the sandbox behind it: every gateway, one connection that is misconfigured, a hook and a subscriber. */
export async function useWholeWorker() {
  const sandbox = await startSandbox();
  after(sandbox.stop);
  const config = devConfig(sandbox.url);
  config.connections.broken = { provider: "whatspie" };
  config.subscribers = { crm: { url: `${sandbox.url}/nobody`, secret: `whsec_${Buffer.alloc(24, 7).toString("base64")}` } };
  return useWorker({ config });
}
