// The types of the npm module, compiled as a user's project compiles them: from the packed package, with each host's
// types and with none, `skipLibCheck` off.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const folder = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

before(async () => {
  const own = join(folder, "node_modules", "chaski");
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own, { recursive: true });
  const { stdout } = await run("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", own], { cwd: root });
  await run("tar", ["-xzf", stdout.trim().split("\n").at(-1), "--strip-components=1"], { cwd: own });
  const { generate } = await import("./generate.mjs");
  const { taken, refused, examples } = await generate();
  // A generator that finds nothing would prove nothing.
  assert.ok(taken > 250 && refused > 150 && examples > 8, `${taken} taken, ${refused} refused, ${examples} examples`);
});

const compiles = (title, args, typescript = "typescript") =>
  test(title, async () => {
    const tsc = join(folder, "node_modules", typescript, "bin", "tsc");
    const failed = (error) => assert.fail(`tsc ${args.join(" ")}\n${error.stdout || error.message}`);
    await run(process.execPath, [tsc, "--pretty", "false", "--project", ...args], { cwd: folder, maxBuffer: 1 << 26 }).catch(failed);
  });

compiles("without any host", ["tsconfig.json"]);
compiles("without any host, by TypeScript 5.4", ["tsconfig.json"], "typescript-5.4");
compiles("without any host, resolved as for Node 16", ["tsconfig.json", "--module", "node16", "--moduleResolution", "node16"]);
compiles("without any host, resolved as by a bundler", ["tsconfig.json", "--module", "esnext", "--moduleResolution", "bundler"]);
compiles("without exactOptionalPropertyTypes", ["tsconfig.json", "--exactOptionalPropertyTypes", "false"]);
compiles("in Node", ["tsconfig.node.json"]);
compiles("in browsers", ["tsconfig.dom.json"]);
compiles("in Cloudflare Workers", ["tsconfig.workers.json", "--module", "esnext", "--moduleResolution", "bundler", "--customConditions", "workerd"]);
compiles("in Bun", ["tsconfig.bun.json"]);
