// The built Worker in a bare workerd, with its state on disk. Wrangler runs the same workerd in the same way, and needs
// more than a second to do so; this needs 25 ms, so that a test can kill it as often as it likes.

import { build } from "esbuild";
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after } from "node:test";
import { devKey } from "../../src/tools/dev-config.mjs";
import { plainError, root } from "../../src/tools/process.mjs";
import { clientOf } from "./world.mjs";

/**
 * Starts the Worker for the file that asks, and stops it after its last test. It has the settings of wrangler.toml and no
 * wrangler around it.
 *
 * With `isFaulty` it has the faults of faulty-door.js besides. With `outbound`, an origin, all that it fetches goes there, as
 * to a proxy.
 *
 * Returns, beside what `useWorker` returns: `crash()`, which is `kill -9`, at once and before it returns its promise;
 * `start()`, which brings it back with the same state at the same port, with a disk as full as you like; `restart()`, which is both; `state`, the
 * folder of that state, and `onDisk()`, all bytes of it; `memory()`, the bytes that the process has of the machine's memory;
 * and `fault()`, with `isFaulty`.
 */
export async function useWorkerd({ config, key = devKey, isFaulty = false, outbound }) {
  mkdirSync(join(root, ".wrangler"), { recursive: true });
  const folder = mkdtempSync(join(root, ".wrangler", "bare-"));
  chmodSync(folder, 0o755);
  const state = join(folder, "state");
  mkdirSync(state);
  const entry = isFaulty ? join(root, "tests", "support", "faulty-door.js") : join(root, "src", "worker", "door.js");
  writeFileSync(join(folder, "workerd.capnp"), configOf(await bundle(entry, folder), { isFaulty, outbound }));
  const env = { CHASKI_CONFIG: typeof config === "string" ? config : JSON.stringify(config), CHASKI_API_KEY: key };
  const port = await freePort();

  let child;
  let printed = "";
  const kill = () => child?.kill("SIGKILL");

  // With `largestFile`, in KiB, its disk is full where a file comes to that size; with `isReadOnly` its state can be read alone.
  async function start({ largestFile, isReadOnly = false } = {}) {
    setWritable(state, !isReadOnly);
    // What it listens on is told on descriptor 3.
    const command = [join(root, "node_modules", ".bin", "workerd"), "serve", join(folder, "workerd.capnp"), `--socket-addr=http=127.0.0.1:${port}`, "--control-fd=3"];
    const limited = ["bash", "-c", `trap "" XFSZ; ulimit -f ${largestFile}; exec "$@"`, "bash"];
    const [name, ...args] = largestFile ? [...limited, ...command] : command;
    child = spawn(name, args, {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      // Whoever is root may write everywhere.
      ...(isReadOnly && process.getuid() === 0 && { uid: NOBODY, gid: NOBODY }),
    });
    const [, out, err, told] = child.stdio;
    for (const stream of [out, err]) stream.setEncoding("utf8").on("data", (text) => (printed += text));
    child.ended = new Promise((resolve) => child.once("close", resolve));
    await new Promise((resolve, reject) => {
      let events = "";
      told.setEncoding("utf8").on("data", (text) => (events += text).includes('"listen"') && resolve());
      child.once("error", reject);
      child.ended.then((code) => reject(plainError(`workerd ended before it listened (code ${code})\n${printed}`)));
    });
  }

  async function crash() {
    kill();
    await child.ended;
  }

  // Over when it is back.
  async function restart() {
    await crash();
    await start();
  }

  const stop = async () => {
    await crash();
    process.off("exit", kill);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once("exit", kill);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    if (process.listenerCount(signal) === 0) process.once(signal, () => process.exit(1));
  }
  await start();
  after(stop);

  const files = () => readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const client = clientOf({ url: `http://127.0.0.1:${port}`, logs: () => printed }, key);
  return {
    ...client,
    start,
    crash,
    restart,
    state,
    memory: () => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))[1]) << 10,
    fault: async (where, name, number = 0) => (await client.api("GET", `/_fault/${where}/${name}/${number}`)).text,
    onDisk: () => Buffer.concat(files().map((file) => readFileSync(join(file.parentPath, file.name)))),
  };
}

const NOBODY = 65_534;

function setWritable(folder, isWritable) {
  for (const { name, parentPath } of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(parentPath, name);
    const { mode } = statSync(path);
    chmodSync(path, isWritable ? mode | 0o200 : (mode | 0o444) & ~0o222);
  }
  chmodSync(folder, isWritable ? 0o755 : 0o555);
}

/** Makes one module of the Worker's, as wrangler does; the wasm stays a file of its own. Returns the names of both. */
async function bundle(entry, folder) {
  await build({
    entryPoints: { worker: entry },
    outdir: folder,
    bundle: true,
    format: "esm",
    target: "esnext",
    external: ["cloudflare:*", "node:*"],
    loader: { ".wasm": "copy" },
    assetNames: "[name]",
    logLevel: "error",
  });
  const [wasm, ...more] = readdirSync(folder).filter((name) => name.endsWith(".wasm"));
  if (!wasm || more.length > 0) throw plainError("the Worker has one wasm module: is it built?");
  return { script: "worker.js", wasm };
}

function configOf({ script, wasm }, { isFaulty, outbound }) {
  const settings = readFileSync(join(root, "wrangler.toml"), "utf8");
  const setting = (pattern, name) => {
    const [, value] = pattern.exec(settings) ?? [];
    if (!value) throw plainError(`wrangler.toml has no ${name}`);
    return value;
  };
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  v8Flags = [${isFaulty ? '"--expose-gc"' : ""}],
  services = [
    ( name = "worker", worker = .worker ),
    ( name = "state", disk = ( path = "state", writable = true ) ),
    # Nothing leaves this machine.
    ${outbound ? `( name = "outbound", external = ( address = "${new URL(outbound).host}", http = ( style = proxy ) ) )` : `( name = "outbound", network = ( allow = ["127.0.0.0/8"] ) )`},
  ],
  sockets = [ ( name = "http", address = "127.0.0.1:0", http = (), service = "worker" ) ],
);

const worker :Workerd.Worker = (
  modules = [
    ( name = "${script}", esModule = embed "${script}" ),
    ( name = "${wasm}", wasm = embed "${wasm}" ),
  ],
  compatibilityDate = ${setting(/^compatibility_date = (".+")$/m, "compatibility_date")},
  compatibilityFlags = ${setting(/^compatibility_flags = (\[.*\])$/m, "compatibility_flags")},
  bindings = [
    ( name = "CHASKI_CONFIG", fromEnvironment = "CHASKI_CONFIG" ),
    ( name = "CHASKI_API_KEY", fromEnvironment = "CHASKI_API_KEY" ),
    ( name = "OUTBOX", durableObjectNamespace = "Outbox" ),
  ],
  durableObjectNamespaces = [ ( className = "Outbox", uniqueKey = "chaski-Outbox", enableSql = true ) ],
  durableObjectStorage = ( localDisk = "state" ),
  globalOutbound = "outbound",
);
`;
}

/** A free port that no outgoing connection is given in passing, as those above 32767 are: it must be free again after a kill. */
export async function freePort() {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    const server = createServer();
    const isFree = await new Promise((resolve) => server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true)));
    if (isFree) await new Promise((resolve) => server.close(resolve));
    if (isFree) return port;
  }
}
