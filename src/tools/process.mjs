// Child processes: one way to run a command, with its output kept back until it is wanted.

import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** A command did not end well. `output` is what it printed. */
export class CommandFailed extends Error {
  constructor(title, output) {
    super(`${title} failed`);
    this.output = output;
  }
}

/** The Node for wrangler, which needs a newer one than the user may have. */
export function node() {
  const own = join(root, "node_modules", ".bin", "node");
  return existsSync(own) ? own : process.execPath;
}

export function onPath(command) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => folder && existsSync(join(folder, command)));
}

/** Runs a command to its end: `{ ok, output, missing }`. */
export function capture(command, args, { cwd = root, env = {}, onOutput } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const keep = (chunk) => {
      output += chunk;
      onOutput?.(String(chunk));
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error) => resolve({ ok: false, output: `${command}: ${error.message}\n`, missing: error.code === "ENOENT" }));
    child.on("close", (code) => resolve({ ok: code === 0, output, missing: false }));
  });
}

/** Runs a command under a line that says what is going on, and throws its output if it fails. */
export async function step(title, command, args, options) {
  const progress = startProgress(title);
  const result = await capture(command, args, { ...options, onOutput: progress.say });
  progress.end();
  if (!result.ok) throw new CommandFailed(title, result.output);
  return result.output;
}

/**
 * Says what is going on, once it lasts `after` ms: on a terminal a line that keeps moving, in a log
 * file a line now and then.
 */
export function startProgress(title, { after = 700 } = {}) {
  const terminal = process.stdout.isTTY;
  const started = Date.now();
  let latest = "";
  let ticker;
  const tick = () => {
    const line = `  ${Math.round((Date.now() - started) / 1000)} s  ${latest}`;
    if (terminal) process.stdout.write(`\r\x1b[2K${line.slice(0, (process.stdout.columns ?? 80) - 1)}`);
    else console.log(line);
  };
  const opener = setTimeout(() => {
    console.log(`${title} …`);
    ticker = setInterval(tick, terminal ? 500 : 30_000);
  }, after);
  return {
    say(chunk) {
      latest = chunk.trimEnd().split(/[\r\n]/).at(-1).replace(/\x1b\[[0-9;]*[A-Za-z]/g, "").trim() || latest;
    },
    end() {
      clearTimeout(opener);
      clearInterval(ticker);
      if (terminal && ticker) process.stdout.write("\r\x1b[2K");
    },
  };
}

const groups = new Set();

/**
 * Starts a server in a process group of its own, so that what it starts can be killed with it, and so that
 * a Ctrl-C reaches it through us, in our order. Returns the child, with `killGroup()`; it does not outlive us.
 */
export function spawnServer(command, args, options) {
  const child = spawn(command, args, { cwd: root, ...options, detached: true });
  child.killGroup = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  };
  if (groups.size === 0) watchOwnEnd();
  groups.add(child);
  child.once("close", () => {
    child.killGroup();
    groups.delete(child);
  });
  return child;
}

function watchOwnEnd() {
  process.once("exit", () => groups.forEach((child) => child.killGroup()));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // Whoever listens already ends the servers in order.
    if (process.listenerCount(signal) === 0) process.once(signal, () => process.exit(1));
  }
}

/** Runs a tool's main function: its failure is printed once, without a stack, and ends with code 1. */
export async function main(run) {
  try {
    await run(process.argv.slice(2));
  } catch (error) {
    if (error instanceof CommandFailed) console.error(error.output.trimEnd());
    console.error(`\n${error instanceof CommandFailed || error.plain ? error.message : error.stack}`);
    process.exitCode = 1;
  }
}

/** An error whose message says all the user needs. */
export function plainError(message) {
  return Object.assign(new Error(message), { plain: true });
}

export const isMain = (meta) => Boolean(process.argv[1]) && realpathSync(process.argv[1]) === fileURLToPath(meta.url);
