// Files that several builds may write and several Workers watch: written only where they change, and whole or not at all.

import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { root } from "./process.mjs";

/** Makes a file be this. */
export function put(path, contents) {
  const bytes = Buffer.from(contents);
  if (existing(path)?.equals(bytes)) return;
  const scratch = join(root, "build");
  for (const folder of [scratch, dirname(path)]) mkdirSync(folder, { recursive: true });
  // Not beside it: who watches that folder would see it come and go.
  const fresh = join(scratch, `${basename(path)}.${process.pid}`);
  writeFileSync(fresh, bytes);
  renameSync(fresh, path);
}

/** Makes a folder hold these files, by name, and no others. */
export function fill(folder, files) {
  for (const [name, contents] of Object.entries(files)) put(join(folder, name), contents);
  for (const name of readdirSync(folder).filter((name) => !(name in files))) rmSync(join(folder, name), { recursive: true, force: true });
}

/** A module's path and those of all that it imports. */
export function importsOf(path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  for (const [, other] of readFileSync(path, "utf8").matchAll(/^(?:import|export) [^"]*"(\.[^"]+)";$/gm)) importsOf(join(dirname(path), other), found);
  return found;
}

function existing(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
