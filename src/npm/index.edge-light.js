// For edge functions of Next.js and Vercel, which take wasm as a module too, by this query.

import { loadSync } from "./core.js";
import wasm from "./chaski_bg.wasm?module";

// Turbopack hands over a module without its prototype.
if (!(wasm instanceof WebAssembly.Module)) Object.setPrototypeOf(wasm, WebAssembly.Module.prototype);
loadSync(wasm);

export * from "./exports.js";

export const ready = Promise.resolve();
export const init = () => ready;
