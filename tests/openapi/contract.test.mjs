// The document against the Worker: schemathesis asks whatever the document allows, and much that it does not, under
// workerd with the sandbox behind. CHASKI_SEED is where its chance begins, CHASKI_EXAMPLES how long it goes on.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { devKey } from "../../src/tools/dev-config.mjs";
import { pythonTool } from "../../src/tools/python.mjs";
import { promise, scale } from "../support/scale.mjs";
import { assertUnharmed } from "../support/world.mjs";
import { useWholeWorker } from "./support.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const work = join(here, ".work");
const served = join(here, "..", "..", "www", "openapi.json");
const { CHASKI_SEED = "1", CHASKI_EXAMPLES = String(scale.B7.examples) } = process.env;

const worker = await useWholeWorker();
after(() => assertUnharmed(worker));

test("the document is valid OpenAPI 3.1", async () => {
  const { ok, output } = await run(pythonTool("openapi-spec-validator"), ["--errors", "all", served]);
  assert.ok(ok, output);
});

test("its examples fit its schemas", async (t) => {
  const { ok, output } = await run(pythonTool("python"), [join(here, "examples.py"), served]);
  assert.ok(ok, output);
  t.diagnostic(output.trim());
});

test("B7: whatever it says holds", (t) => tried(t, "schemathesis.toml", ["--max-examples", CHASKI_EXAMPLES]));

// Webhooks have keys of their own, and whether the Worker is well is told to everyone.
test("B7: without the key whatever is asked is refused", (t) =>
  tried(t, "closed.toml", ["--max-examples", String(Math.ceil(CHASKI_EXAMPLES / 4)), "--phases", "examples,coverage,fuzzing", "--exclude-tag", "Incoming webhooks", "--exclude-tag", "Worker"]));

/** Lets schemathesis try all operations, by this configuration. */
async function tried(t, config, options) {
  mkdirSync(work, { recursive: true });
  const told = join(work, config.replace(".toml", ".json"));
  const reports = ["--report", "json", "--report-json-path", told];
  const { ok, output } = await run(
    pythonTool("schemathesis"),
    ["--no-color", "--config-file", join(here, config), "run", `${worker.url}/openapi.json`, "--seed", CHASKI_SEED, ...reports, ...options],
  );
  assert.ok(ok, output);
  const { operations, test_cases: cases } = JSON.parse(readFileSync(told, "utf8"));
  assert.equal(operations.tested, operations.selected, output);
  assert.ok(operations.selected > 10 && cases.generated > 500, output);
  promise(t, "B7", {}, `${operations.tested} operations, ${cases.generated} requests, seed ${CHASKI_SEED}`, "no 5xx, nothing that the document does not say");
}

function run(command, args) {
  const env = { ...process.env, CHASKI_API_KEY: devKey, HYPOTHESIS_STORAGE_DIRECTORY: join(work, "hypothesis") };
  const options = { cwd: here, env, maxBuffer: 1 << 26 };
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout, stderr) => resolve({ ok: !error, output: `${stdout}${stderr}${error && !stdout ? error.message : ""}` }));
  });
}
