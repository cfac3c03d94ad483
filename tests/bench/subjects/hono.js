// What one would write: Hono and zod, by their default imports.

import { Hono } from "hono";
import { appOf } from "./lib/app.js";
import { Message } from "./lib/message.js";

export default appOf(new Hono(), Message);
