// What `npm run bench` needs: the libraries that Chaski is measured against, oha for the load, and a Linux that tells what
// processes use.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { onPath, plainError, root } from "./process.mjs";
import { ensureCargoTool, ensureInstalled, setup } from "./setup.mjs";

let folder;

/** The program that makes the load, once `ensureBench` has seen to it. */
export const oha = () => join(folder, "oha");

export async function ensureBench() {
  if (!existsSync("/proc/self/schedstat")) throw plainError("CPU time is read from /proc/<pid>/schedstat, so this needs Linux.");
  if (!onPath("taskset")) throw plainError("taskset is missing; it gives what is measured a core of its own. Debian and Ubuntu: apt install util-linux.");
  await setup();
  await ensureInstalled(join(root, "tests", "bench"), "Installing Hono, zod, esbuild and a1base-node into tests/bench (some seconds)");
  folder = await ensureCargoTool({ crate: "oha", programs: ["oha"], version: "1.16.0", why: "which makes the load", time: "some minutes", isFast: true });
}
