// Starts the five vendors' stand-in (tests/sandbox) as a child process.

import { join } from "node:path";
import { node, plainError, root, spawnServer } from "./process.mjs";

/** Returns `{ url, stop() }`. */
export async function startSandbox({ port = 0 } = {}) {
  const child = spawnServer(node(), [join(root, "tests", "sandbox", "main.mjs"), "--port", String(port)], {
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
    async stop() {
      child.kill();
      await ended;
    },
  };
}
