// `node wasm.mjs FILE PROVIDER TIMES`: the core's loop as wasm, once V8 has compiled it well. Prints the nanoseconds for each.

import { readFileSync } from "node:fs";

const [file, provider, times] = process.argv.slice(2);
const { instance } = await WebAssembly.instantiate(readFileSync(file));
const { run } = instance.exports;
for (let round = 0; round < 10; round += 1) run(Number(provider), true, Number(times) / 10);
const started = process.hrtime.bigint();
run(Number(provider), true, Number(times));
console.log(Math.round(Number(process.hrtime.bigint() - started) / Number(times)));
