// Runs the built Worker under workerd on this machine, with the settings of wrangler.toml.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { node, plainError, root, spawnServer } from "./process.mjs";

// Wrangler in development: no account, no telemetry, no network of its own, no files outside the checkout.
export const wranglerEnv = {
  CI: "1",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  NO_COLOR: "1",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_WRITE_LOGS: "false",
};

/**
 * Starts a Worker and waits until it answers.
 *
 * - `vars`: the Worker's variables, over those of wrangler.toml; objects are passed as JSON.
 * - `port`: 0 for a free one.
 * - `persist`: the folder of the Durable Objects' data; without it, one that `stop` removes.
 * - `secrets`: a file like .dev.vars; without it there are none, not even those of .dev.vars.
 * - `folder`: that of the wrangler.toml.
 * - `onLine`: called with each line that wrangler or the Worker prints.
 *
 * Returns `{ url, pid, ended, logs(), stop(), crash() }`.
 */
export async function startWorker({ vars = {}, port = 0, persist, secrets, folder = root, onLine = () => {} } = {}) {
  const scratch = makeScratch();
  const noSecrets = join(scratch, "none.env");
  writeFileSync(noSecrets, "");

  const child = spawnServer(
    node(),
    [
      join(root, "node_modules", "wrangler", "bin", "wrangler.js"),
      "dev",
      "--local",
      ...["--ip", "127.0.0.1"],
      ...["--port", String(port)],
      ...["--inspector-port", "0"],
      ...["--persist-to", persist ?? join(scratch, "state")],
      ...["--env-file", secrets ?? noSecrets],
      "--show-interactive-dev-session=false",
      ...Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}:${typeof value === "string" ? value : JSON.stringify(value)}`]),
    ],
    {
      cwd: folder,
      env: { ...process.env, ...wranglerEnv, WRANGLER_REGISTRY_PATH: join(scratch, "registry"), XDG_CONFIG_HOME: join(scratch, "config") },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let printed = "";
  let unfinished = "";
  const keep = (chunk) => {
    printed += chunk;
    const lines = (unfinished + chunk).split("\n");
    unfinished = lines.pop();
    lines.forEach(onLine);
  };
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);

  const tidy = () => rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  process.once("exit", tidy);
  const ended = new Promise((resolve) => child.once("close", resolve)).then((code) => {
    process.off("exit", tidy);
    child.killGroup();
    tidy();
    return code;
  });

  const url = await new Promise((resolve, reject) => {
    child.stdout.on("data", () => {
      const [, found] = /Ready on (http:\/\/\S+)/.exec(printed) ?? [];
      if (found) resolve(found);
    });
    child.once("error", reject);
    ended.then((code) => reject(plainError(`wrangler dev ended before the Worker was ready (code ${code})\n${printed}${hint(printed)}`)));
  });
  // Wrangler says "Ready" before the Worker's first request is compiled.
  await fetch(`${url}/healthz`).then((response) => response.arrayBuffer());

  return {
    url,
    pid: child.pid,
    /** Settles when wrangler has gone, wanted or not. */
    ended,
    logs: () => printed,
    /** Ends it in order. */
    async stop() {
      child.kill("SIGTERM");
      const late = setTimeout(child.killGroup, 5000);
      await ended;
      clearTimeout(late);
    },
    /** What a power cut does: `kill -9` to wrangler and workerd, at once. */
    async crash() {
      child.killGroup();
      await ended;
    },
  };
}

const hint = (output) => (output.includes("database is locked") ? "\nAnother Worker uses the same data. Is `npm start` running in this folder already?" : "");

function makeScratch() {
  const folder = join(root, ".wrangler");
  mkdirSync(folder, { recursive: true });
  return mkdtempSync(join(folder, "dev-"));
}
