// Starts the five vendors' stand-in (tests/sandbox) as a child process.

import { join } from "node:path";
import { node, plainError, root, spawnServer } from "./process.mjs";

/**
 * Starts it; the ids of its messages follow from the number of the `first`.
 *
 * Returns `{ url, aim(webhooks), stop() }`: `aim` says where its webhooks go.
 */
export async function startSandbox({ port = 0, first = 1 } = {}) {
  const child = spawnServer(node(), [join(root, "tests", "sandbox", "main.mjs"), "--port", String(port), "--first", String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const url = await new Promise((resolve, reject) => {
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
      const [, found] = /^sandbox listening on (http:\/\/\S+)$/m.exec(output) ?? [];
      if (found) resolve(found);
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(plainError(`the sandbox ended before it listened (code ${code})\n${output}`)));
  });
  return {
    url,
    async aim(webhooks) {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`${url}/_sandbox/webhooks`, { method: "POST", headers, body: JSON.stringify(webhooks) });
      if (!answer.ok) throw plainError(`the sandbox does not take this: ${await answer.text()}`);
    },
    async stop() {
      child.kill();
      await ended;
    },
  };
}
