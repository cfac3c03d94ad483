// What the tests of the packed module share: a project of their own with the tarball installed, and its report.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:http";
import { basename, extname, join, normalize } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { launchChromium } from "../../src/tools/chromium.mjs";
import { tarball, work } from "../../src/tools/packaging.mjs";
import { plainError } from "../../src/tools/process.mjs";
import { startSandbox } from "../sandbox/server.mjs";
import { troublesOf } from "../support/browser.mjs";
import { fixtures } from "../support/fixtures.mjs";
import { startTrouble } from "../support/trouble.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Milliseconds, above what any of them takes: nothing may wait for ever. */
const LONGEST = 120_000;

export const limit = { timeout: LONGEST + 10_000 };

/** Copies the project of this name to where it may be written to, and installs the tarball in it. Returns the folder. */
export async function useProject(name) {
  if (!existsSync(tarball)) throw plainError("There is no packed module: npm test -- --only packaging");
  const folder = join(work, name);
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(here, name), folder, { recursive: true });
  writeFileSync(join(folder, "fixtures.mjs"), `export default ${JSON.stringify(fixtures)};\n`);
  for (const file of ["checks.mjs", "wire.mjs"]) copyFileSync(join(here, "..", "support", file), join(folder, file));
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", "--loglevel=error", tarball], { cwd: folder });
  assert.ok(existsSync(join(folder, "node_modules", "chaski", "build", "npm", "index.js")));
  return folder;
}

/** Runs a command to its end, or kills it. Returns all that it printed. */
export function run(command, args, { cwd, env }) {
  const options = { cwd, env: { ...process.env, NO_COLOR: "1", ...env }, timeout: LONGEST, killSignal: "SIGKILL", maxBuffer: 1 << 26 };
  return new Promise((resolve, reject) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      const output = stdout + stderr;
      if (error) reject(new Error(`${[basename(command), ...args].join(" ")} failed (${error.signal ?? error.code})\n${output}`));
      else resolve(output);
    });
  });
}

/** The servers that a project's wire checks ask for. */
export async function useServers() {
  const [sandbox, trouble] = await Promise.all([startSandbox(), startTrouble()]);
  after(() => Promise.all([sandbox.stop(), trouble.stop()]));
  return { sandbox: sandbox.url, trouble: trouble.url };
}

/** Makes each check that ran over there a test here. */
export async function report(t, results) {
  assert.ok(Array.isArray(results) && results.length > 10, JSON.stringify(results));
  for (const { name, error } of results) await t.test(name, () => assert.equal(error, undefined, error));
}

/** Runs a program whose whole output, warnings included, must be a report. */
export async function reportOf(t, command, args, options) {
  const output = await run(command, args, options);
  let results;
  try {
    results = JSON.parse(output);
  } catch {
    assert.fail(`more was printed than the report:\n${output.slice(0, 2000)}`);
  }
  await report(t, results);
}

/** Measures in several fresh processes and prints the median: milliseconds from import to the first request. */
export async function bench(t, name, measure) {
  const times = [];
  for (let at = 0; at < 7; at += 1) times.push(Number(await measure()));
  const median = times.sort((a, b) => a - b)[3];
  assert.ok(median >= 0, times.join());
  t.diagnostic(`${name}: ${median.toFixed(1)} ms from import to the first request()`);
}

const types = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json", ".wasm": "application/wasm", ".css": "text/css" };

/** Serves a folder, for the file that asks. Returns the origin. */
export async function useStatic(folder) {
  const server = createServer((request, response) => {
    const path = join(folder, normalize(new URL(request.url, "http://a").pathname.replace(/\/$/, "/index.html")));
    if (!existsSync(path)) return response.writeHead(404).end();
    return response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" }).end(readFileSync(path));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/** Starts Chromium, for the file that asks. Returns a function that opens a page and brings its `globalThis.report`. */
export async function useChromium() {
  const browser = await launchChromium();
  after(() => browser.close());
  return async function open(url) {
    // A context of its own: nothing is cached.
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      const troubles = troublesOf(page, new URL(url).origin, { inline: ["data:", "blob:"] });
      await page.goto(url);
      const reported = await page.waitForFunction(() => globalThis.report, undefined, { timeout: 60_000 }).catch((error) => assert.fail(`${error.message}\n${troubles.join("\n")}`));
      assert.deepEqual(troubles, []);
      return await reported.jsonValue();
    } finally {
      await context.close();
    }
  };
}
