// What the Worker's pages need beside what is written in www/: Swagger UI, and the npm module as browsers load it.

import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fill, importsOf } from "./files.mjs";
import { root } from "./process.mjs";

const swagger = join(root, "node_modules", "swagger-ui-dist");
const swaggerFiles = ["swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "swagger-ui.css", "LICENSE", "NOTICE"];

/** Fills the folders in www/ that git ignores; `npm` is where the npm module is. */
export function fillPage(npm) {
  const modules = ["index.web.js", "edge.js"].flatMap((entry) => [...importsOf(join(npm, entry))]);
  fill(join(root, "www", "chaski"), read([...modules, join(npm, "chaski_bg.wasm")]));
  fill(join(root, "www", "docs", "swagger-ui"), read(swaggerFiles.map((name) => join(swagger, name)), withoutMap));
}

function read(paths, change = (bytes) => bytes) {
  return Object.fromEntries(paths.map((path) => [basename(path), change(readFileSync(path))]));
}

/** The source maps are larger than what they explain, and stay behind. */
const withoutMap = (bytes) => bytes.toString().replace(/\n\/[/*]# sourceMappingURL=.*\n?$/, "\n");
