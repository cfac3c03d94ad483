// For Cloudflare Workers, which take wasm as a module that is compiled before the Worker starts.

import { loadSync } from "./core.js";
import wasm from "./chaski_bg.wasm";

loadSync(wasm);

export * from "./exports.js";

export const ready = Promise.resolve();
export const init = () => ready;
