// For every host that no other entry is for: the wasm stands in the JavaScript, so that there is nothing to
// configure and nothing to load.

import base64 from "./chaski_bg.base64.js";
import { bytesOf } from "./bytes.js";
import { loadSync } from "./core.js";

loadSync(bytesOf(base64));

export * from "./exports.js";

export const ready = Promise.resolve();
export const init = () => ready;
