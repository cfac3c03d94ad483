// For diagnosis: the same with the smallest of both libraries.

import { Hono } from "hono/tiny";
import { appOf } from "./lib/app.js";
import { Message } from "./lib/message-mini.js";

export default appOf(new Hono(), Message);
