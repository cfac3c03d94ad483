// What `npm run bench` needs: the libraries that Chaski is measured against, oha for the load, and a Linux that tells what
// processes use.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { capture, onPath, plainError, root, step } from "./process.mjs";
import { ensureInstalled, setup } from "./setup.mjs";

const OHA = "1.16.0";

export const oha = () => join(root, ".tools", "bin", "oha");

export async function ensureBench() {
  if (!existsSync("/proc/self/schedstat")) throw plainError("CPU time is read from /proc/<pid>/schedstat, so this needs Linux.");
  if (!onPath("taskset")) throw plainError("taskset is missing; it gives what is measured a core of its own. Debian and Ubuntu: apt install util-linux.");
  await setup();
  await ensureInstalled(join(root, "tests", "bench"), "Installing Hono, zod, esbuild and a1base-node into tests/bench (some seconds)");
  await ensureOha();
}

async function ensureOha() {
  const { output } = await capture(oha(), ["--version"]);
  if (output.trim() === `oha ${OHA}`) return;
  await step(
    `Compiling oha ${OHA}, which makes the load, into .tools (once, some minutes)`,
    "cargo",
    ["install", "oha", "--version", `=${OHA}`, "--locked", "--root", join(root, ".tools"), "--force"],
    // Its own profile takes three times as long to compile, and is no faster at this.
    { env: { CARGO_PROFILE_RELEASE_LTO: "off", CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16", CARGO_PROFILE_RELEASE_DEBUG: "0" } },
  );
}
