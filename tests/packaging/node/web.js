import { readFile } from "node:fs/promises";
import * as chaski from "chaski/web";
import { checksOf, runChecks } from "./checks.mjs";
import fixtures from "./fixtures.mjs";

await chaski.init(await readFile(new URL(import.meta.resolve("chaski/chaski_bg.wasm"))));
console.log(JSON.stringify(await runChecks(checksOf(chaski, fixtures))));
