// The module for npm as it is built, in Node. tests/packaging does the same to the packed one, in every runtime.

import { test } from "node:test";
import * as chaski from "../build/npm/index.js";
import { checksOf } from "./support/checks.mjs";
import { fixtures } from "./support/fixtures.mjs";

for (const [name, run] of Object.entries(checksOf(chaski, fixtures))) test(name, run);
