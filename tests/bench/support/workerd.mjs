// A subject in a bare workerd: bundled and minified in the same way, with the same settings and bindings, on the measured core.

import { build } from "esbuild";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { plainError, root } from "../../../src/tools/process.mjs";
import { listensOn, measured } from "./machine.mjs";
import { configOf, key } from "./messages.mjs";

const own = join(root, "tests", "bench", "subjects");

/** What is made while measuring. */
export const work = join(root, "tests", "bench", ".work");
const { default: workerd, version } = createRequire(join(root, "package.json"))("workerd");

export const workerdVersion = version;

/** Ours is the product's own Worker; the others stand in subjects/. */
const entryOf = (name) => (name === "worker" ? join(root, "src", "worker", "door.js") : join(own, `${name}.js`));

/** Those that have a Durable Object. */
const durable = new Set(["worker", "outbox", "same-sql"]);

/** Makes one module of a Worker's, minified. Returns the names of its files, and their folder. */
export async function bundle(name, { probe } = {}) {
  mkdirSync(work, { recursive: true });
  const folder = mkdtempSync(join(work, `${name}-`));
  const entry = entryOf(name);
  await build({
    entryPoints: { worker: probe ? join(own, `${probe}.js`) : entry },
    outdir: folder,
    bundle: true,
    minify: true,
    format: "esm",
    target: "esnext",
    conditions: ["workerd", "worker"],
    external: ["cloudflare:*", "node:*"],
    alias: { chaski: join(root, "build", "npm", "index.workerd.js"), ...(probe && { subject: entry }) },
    loader: { ".wasm": "copy" },
    assetNames: "[name]",
    logLevel: "error",
  });
  const [wasm] = readdirSync(folder).filter((file) => file.endsWith(".wasm"));
  return { folder, files: ["worker.js", ...(wasm ? [wasm] : [])], wasm };
}

const running = new Set();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));

/**
 * Starts a subject. Returns `{ name, pid, url, stop, logs }`; its bundle can be given, so that it is made once only.
 */
export async function startSubject(name, gateway, { bundled, probe, flags = [], wrap = measured } = {}) {
  const { folder, wasm } = bundled ?? (await bundle(name, { probe }));
  const state = mkdtempSync(join(folder, "state-"));
  writeFileSync(join(folder, "workerd.capnp"), capnp({ wasm, state, flags, isDurable: durable.has(name) }));
  const { command, args } = wrap(workerd, ["serve", join(folder, "workerd.capnp"), "--socket-addr=http=127.0.0.1:0", "--control-fd=3"]);
  const env = { ...process.env, CHASKI_CONFIG: JSON.stringify(configOf(gateway)), CHASKI_API_KEY: key, UPSTREAM: gateway };
  const child = spawn(command, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe", "pipe"] });
  let printed = "";
  const [, out, err, told] = child.stdio;
  for (const stream of [out, err]) stream.setEncoding("utf8").on("data", (text) => (printed += text));
  const ended = new Promise((resolve) => child.once("close", resolve));
  running.add(child);
  const port = await new Promise((resolve, reject) => {
    let events = "";
    told.setEncoding("utf8").on("data", (text) => {
      const [, port] = /"event":"listen","socket":"http","port":(\d+)/.exec((events += text)) ?? [];
      if (port) resolve(Number(port));
    });
    child.once("error", reject);
    ended.then(() => reject(plainError(`${name} ended before it listened:\n${printed}`)));
  });
  if (!listensOn(child.pid, port)) throw plainError(`${name} is not the one that listens on port ${port}`);
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
    running.delete(child);
    rmSync(bundled ? state : folder, { recursive: true, force: true, maxRetries: 3 });
  };
  return { name, pid: child.pid, url: `http://127.0.0.1:${port}`, stop, logs: () => printed };
}

function capnp({ wasm, state, flags, isDurable }) {
  const settings = readFileSync(join(root, "wrangler.toml"), "utf8");
  const setting = (name, pattern) => new RegExp(`^${name} = (${pattern})$`, "m").exec(settings)[1];
  const list = (texts) => `[${texts.map((text) => JSON.stringify(text)).join(", ")}]`;
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "worker", worker = .worker ),
    ( name = "state", disk = ( path = ${JSON.stringify(state)}, writable = true ) ),
    # Nothing leaves this machine.
    ( name = "loopback", network = ( allow = ["127.0.0.0/8"] ) ),
  ],
  sockets = [ ( name = "http", address = "127.0.0.1:0", http = (), service = "worker" ) ],
  v8Flags = ${list(flags)},
);

const worker :Workerd.Worker = (
  modules = [
    ( name = "worker.js", esModule = embed "worker.js" ),
    ${wasm ? `( name = "${wasm}", wasm = embed "${wasm}" ),` : ""}
  ],
  compatibilityDate = ${setting("compatibility_date", '".+"')},
  compatibilityFlags = ${setting("compatibility_flags", "\\[.*\\]")},
  bindings = [
    ( name = "CHASKI_CONFIG", fromEnvironment = "CHASKI_CONFIG" ),
    ( name = "CHASKI_API_KEY", fromEnvironment = "CHASKI_API_KEY" ),
    ( name = "UPSTREAM", fromEnvironment = "UPSTREAM" ),
    ${isDurable ? '( name = "OUTBOX", durableObjectNamespace = "Outbox" ),' : ""}
  ],
  ${isDurable ? 'durableObjectNamespaces = [ ( className = "Outbox", uniqueKey = "bench-Outbox", enableSql = true ) ],' : ""}
  ${isDurable ? 'durableObjectStorage = ( localDisk = "state" ),' : ""}
  globalOutbound = "loopback",
);
`;
}
