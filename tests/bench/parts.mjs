// All that is measured, in the order of the report.

import { cold } from "./parts/cold.mjs";
import { core } from "./parts/core.mjs";
import { durable } from "./parts/durable.mjs";
import { lookup } from "./parts/lookup.mjs";
import { memory } from "./parts/memory.mjs";
import { module } from "./parts/module.mjs";
import { objects } from "./parts/objects.mjs";
import { preview } from "./parts/preview.mjs";
import { send } from "./parts/send.mjs";
import { sizes } from "./parts/sizes.mjs";

export const parts = [send, lookup, preview, durable, core, module, cold, memory, sizes, objects];
