// `npm start`: the Worker on this machine, with the sandbox in place of the five vendors.

import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { parseArgs, parseEnv } from "node:util";
import { build } from "./build.mjs";
import { devConfig, devKey, devWebhooks } from "./dev-config.mjs";
import { startWorker } from "./dev-worker.mjs";
import { isMain, main, plainError, root } from "./process.mjs";
import { startSandbox } from "./sandbox.mjs";

const help = `Usage: npm start [-- --port N] [--state FOLDER]

Builds the Worker and runs it under workerd on this machine, with a sandbox that plays
the five vendors. Nothing leaves this machine, and no account is needed.

  --port N         the Worker's port; without it 8787, or the next free one
  --state FOLDER   where messages and events are kept; without it .wrangler/state
  --help           this text

The API key is CHASKI_API_KEY of .dev.vars, else "${devKey}". Remove the folder of the state to begin
afresh. A change under src/ is built at once, one under www/ is there at the next look.`;

async function start(args) {
  const options = readOptions(args);
  if (options.help) return console.log(help);

  const stopAsked = new Promise((resolve) => {
    let first;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.on(signal, () => {
        first ??= Date.now();
        resolve();
        // Asked again: then at once, and the children are killed as this process exits. Not the same
        // Ctrl-C twice, though: it comes from the terminal and from npm.
        if (Date.now() - first > 500) process.exit(1);
      });
    }
  });
  const running = [];
  const serving = serve(options, running);
  try {
    await Promise.race([stopAsked, serving]);
  } finally {
    for (const child of running.reverse()) await child.stop();
  }
  process.exit();
}

async function serve(options, running) {
  await build("worker");
  await build("page");
  // The Worker remembers what it sent before: no message may have the id of one of those.
  const sandbox = await startSandbox({ first: Math.floor((Date.now() - Date.UTC(2026, 0, 1)) / 1000) });
  running.push(sandbox);

  const secretsFile = join(root, ".dev.vars");
  const secrets = existsSync(secretsFile) ? secretsFile : undefined;
  const key = (secrets && parseEnv(readFileSync(secrets, "utf8")).CHASKI_API_KEY) || devKey;
  let ready = false;
  const worker = await startWorker({
    vars: { CHASKI_CONFIG: devConfig(sandbox.url), ...(key === devKey && { CHASKI_API_KEY: devKey }) },
    port: options.port ?? (await freePort(8787)),
    persist: options.state ?? join(root, ".wrangler", "state"),
    secrets,
    onLine(line) {
      // The page asks for many files.
      const said = withoutKeys(line.replace("[wrangler:info] ", ""));
      if (/^GET \/(?!v1|healthz).* (?:200|304) /.test(said)) return;
      if (ready || /\[wrangler:(warn|error)\]|✘/.test(line)) console.log(said);
    },
  });
  running.push(worker);
  await sandbox.aim(devWebhooks(worker.url));
  // A key of the user's own may be the one that is deployed: it is not for a terminal that others see, or a log.
  const [told, bearer] = key === devKey ? [key, `'Authorization: Bearer ${key}'`] : ["CHASKI_API_KEY of .dev.vars", '"Authorization: Bearer $CHASKI_API_KEY"'];
  console.log(`
Open ${worker.url} in a browser; the API key is ${told}

The gateways are ${sandbox.url}, a sandbox: nothing reaches WhatsApp. It reports what becomes of a message
as each gateway would, and within three seconds a member of the group answers. Watch it:

  curl -sN ${worker.url}/v1/events -H ${bearer} -H 'Accept: text/event-stream'

In another terminal post to a group, write there as a member would, and let anything post:

  curl -s ${worker.url}/v1/messages -H ${bearer} -H 'Content-Type: application/json' -H 'Prefer: wait=10' -d '{"to":{"group":"ops-team"},"text":"Hello from the edge","via":"whatspie"}'
  curl -s ${sandbox.url}/_sandbox/say -H 'Content-Type: application/json' -d '{"provider":"whatspie","group":"495","text":"Hi","name":"Ana"}'
  curl -s ${worker.url}/v1/hooks/deploys/sandbox-hook-key -d '{"repo":"chaski","user":"ana"}'

What the subscriber "crm" gets is at ${sandbox.url}/_sandbox/subscriber

Ctrl-C ends it.
`);
  ready = true;
  await worker.ended;
  throw plainError(`wrangler ended by itself\n${withoutKeys(worker.logs())}`);
}

/** Webhooks have a key in their path. */
const withoutKeys = (text) => text.replaceAll(/(\/v1\/(?:inbound|hooks)\/[^/\s]+\/)\S+/g, "$1…");

function readOptions(args) {
  try {
    const { values } = parseArgs({ args, options: { port: { type: "string" }, state: { type: "string" }, help: { type: "boolean", short: "h" } } });
    const port = values.port === undefined ? undefined : Number(values.port);
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65536)) throw new Error(`--port ${values.port}: not a port`);
    return { ...values, port, ...(values.state && { state: resolve(values.state) }) };
  } catch (error) {
    throw plainError(`${error.message}\n\n${help}`);
  }
}

/** The first port from `from` on that nobody listens on. */
async function freePort(from) {
  for (let port = from; port < from + 100; port += 1) {
    if (await isFree(port)) return port;
  }
  return 0;
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

if (isMain(import.meta)) main(start);
