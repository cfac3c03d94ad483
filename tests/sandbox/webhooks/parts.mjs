// What several vendors' webhooks are made of.

import { createHmac } from "node:crypto";

export const seconds = (date) => Math.floor(date.getTime() / 1000);

export const hmac = (secret, ...parts) =>
  parts.reduce((digest, part) => digest.update(part), createHmac("sha256", secret)).digest("hex");
