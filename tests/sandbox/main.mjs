#!/usr/bin/env node
import { parseArgs } from "node:util";
import { startSandbox } from "./server.mjs";

const USAGE = `Usage: node main.mjs [options]

Plays five WhatsApp gateways on this machine. Nothing is sent to WhatsApp.

  --port N      port to listen on, 0 for any free one (default 9797)
  --host HOST   address to listen on (default 127.0.0.1)
  --quiet       no line for each message
  --first N     the number of the first message, from which the ids follow (default 1)
  --webhooks J  where the vendors' webhooks go, as JSON: {"whatspie":{"url":"http://…"}}
  --pause MS    how long it takes a message to be sent, delivered, read, answered (default 600)
  --help        this text

GET /_sandbox tells keys, routes and faults.`;

function exit(code, text) {
  (code === 0 ? console.log : console.error)(text);
  process.exit(code);
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: "string", default: "9797" },
        host: { type: "string", default: "127.0.0.1" },
        quiet: { type: "boolean", default: false },
        first: { type: "string", default: "1" },
        webhooks: { type: "string", default: "{}" },
        pause: { type: "string", default: "600" },
        help: { type: "boolean", default: false },
      },
    });
    return values;
  } catch (error) {
    return exit(2, `${error.message}\n\n${USAGE}`);
  }
}

const { port, host, quiet, help, ...more } = options();
if (help) exit(0, USAGE);
if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) exit(2, `--port must be a number from 0 to 65535\n\n${USAGE}`);
const [first, pause] = ["first", "pause"].map((name) => {
  if (!/^\d{1,9}$/.test(more[name])) exit(2, `--${name} must be a number\n\n${USAGE}`);
  return Number(more[name]);
});

function webhooks() {
  try {
    return JSON.parse(more.webhooks);
  } catch {
    return exit(2, `--webhooks must be JSON\n\n${USAGE}`);
  }
}

// Whoever read our output may leave first.
process.stdout.on("error", () => {});

try {
  const sandbox = await startSandbox({ port: Number(port), host, quiet, first, pause, webhooks: webhooks() });
  for (const signal of ["SIGTERM", "SIGINT"]) {
    process.once(signal, async () => {
      await sandbox.stop();
      process.exit(0);
    });
  }
  console.log(`sandbox listening on ${sandbox.url}`);
} catch (error) {
  exit(1, `sandbox could not start: ${error.message}`);
}
