// Writes www/openapi.json, which the Rust types and routes tell. `npm test` holds the one against the other.

import { join } from "node:path";
import { put } from "./files.mjs";
import { isMain, main, root, step } from "./process.mjs";
import { ensureRust } from "./setup.mjs";

export async function writeOpenapi() {
  await ensureRust();
  const output = await step("Compiling the API as an OpenAPI document", "cargo", ["run", "--quiet", "--features", "schema", "--bin", "openapi"]);
  // What cargo may have to say comes before.
  const document = output.slice(output.indexOf("{\n"));
  JSON.parse(document);
  put(join(root, "www", "openapi.json"), document);
}

if (isMain(import.meta)) main(writeOpenapi);
