// What is uploaded, and what is installed: bytes as gzip -9 makes them.

import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { sizes as sizesOf } from "../../../src/tools/build.mjs";
import { wranglerEnv } from "../../../src/tools/dev-worker.mjs";
import { CommandFailed, capture, node, root } from "../../../src/tools/process.mjs";
import { bar, number, table } from "../support/report.mjs";
import { bundle, work } from "../support/workerd.mjs";

export const sizes = {
  name: "sizes",
  about: "bytes to upload and to install",
  seconds: () => 15,
  async run(options, say) {
    say("bundling");
    const rows = [["the Worker, as wrangler uploads it", await uploaded()]];
    for (const name of ["module", "hono", "hono-tiny", "outbox", "rawjs"]) {
      const { folder, files } = await bundle(name);
      rows.push([`\`${name}\`, minified`, sizesOf(files.map((file) => join(folder, file)))]);
      rmSync(folder, { recursive: true });
    }
    const ours = await minified('import { Chaski } from "chaski"; globalThis.Chaski = Chaski;', "index.workerd.js");
    rows.push(["npm module `chaski`, minified, its wasm as a file", ours]);
    rows.push(["the same, the wasm in the JavaScript", await minified('import { Chaski } from "chaski"; globalThis.Chaski = Chaski;', "index.js")]);
    rows.push(["`a1base-node`, minified", await minified('import a1base from "a1base-node"; globalThis.A1Base = a1base;')]);
    rows.push(["zod alone, minified", await minified('import { z } from "zod"; globalThis.z = z;')]);
    const hono = rows.find(([name]) => name.startsWith("`hono`"))[1].gzip;
    const told = rows.map(([name, { bytes, gzip }]) => [name, number(gzip / hono), number(gzip / 1000, 1), number(bytes / 1000, 1)]);
    return {
      text: table(["", "gzip, against `hono`", "gzip, kB", "plain, kB"], told),
      bars: [
        bar("the Worker, as gzip", rows[0][1].gzip / 1000, { most: 100, unit: " kB" }),
        bar("the npm module, minified, its wasm as a file, as gzip", ours.gzip / 1000, { most: 60, unit: " kB" }),
      ],
    };
  },
};

/** All that a deployment brings to the platform. */
async function uploaded() {
  mkdirSync(work, { recursive: true });
  const folder = mkdtempSync(join(work, "upload-"));
  const wrangler = join(root, "node_modules", "wrangler", "bin", "wrangler.js");
  const { ok, output } = await capture(node(), [wrangler, "deploy", "--dry-run", "--outdir", folder], { env: wranglerEnv });
  if (!ok) throw new CommandFailed("wrangler deploy --dry-run", output);
  const size = sizesOf(readdirSync(folder).filter((name) => /\.(js|wasm)$/.test(name)).map((name) => join(folder, name)));
  rmSync(folder, { recursive: true });
  return size;
}

/** What a page or a server gets that imports this; of ours, by this entry. */
async function minified(contents, entry = "index.js") {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(root, "tests", "bench") },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "node",
    outdir: work,
    alias: { chaski: join(root, "build", "npm", entry) },
    loader: { ".wasm": "copy" },
    logLevel: "error",
  });
  const sum = (size) => outputFiles.reduce((total, { contents }) => total + size(contents), 0);
  return { bytes: sum((bytes) => bytes.length), gzip: sum((bytes) => gzipSync(bytes, { level: 9 }).length) };
}
