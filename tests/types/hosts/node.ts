// Node: answers of its own HTTP client, and buffers.

import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Chaski } from "chaski";

const wa = new Chaski({ provider: "whatspie", token: "token" });
declare const answer: IncomingMessage;
wa.reply({ quota: {} }, { status: answer.statusCode ?? 0, headers: answer.headers, body: readFileSync("answer.json") });
