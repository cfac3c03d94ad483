// The exchanges of tests/fixtures, as the checks of the module for npm take them.

import { readFileSync, readdirSync } from "node:fs";

const folder = new URL("../fixtures/", import.meta.url);

export const fixtures = readdirSync(folder, { recursive: true })
  .filter((path) => path.endsWith(".json"))
  .sort()
  .map((path) => ({ path, ...JSON.parse(readFileSync(new URL(path, folder), "utf8")) }));
