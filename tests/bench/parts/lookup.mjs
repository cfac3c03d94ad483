// The product's own Worker on its direct way to a gateway and back: which groups are there.

import { checkRefused } from "../support/right.mjs";
import { comparison } from "./workers.mjs";

const ask = { method: "GET", path: "/v1/connections/pie/groups" };

export const lookup = comparison({
  name: "lookup",
  about: "the Worker's direct exchange with a gateway, GET /v1/connections/{name}/groups",
  names: ["pass", "hono", "worker"],
  timed: ["hono", "worker"],
  ours: "worker",
  ask,
  refuse: (alike) => checkRefused(alike, { ...ask, path: "/v1/connections/nobody/groups" }, 404),
  bars: [
    { of: "cpu", name: "CPU of a look-up by the Worker, against Hono", most: 1 },
    { of: "above", name: "the same, above a pass-through", most: 1 },
  ],
  intro: "The Worker's own way to a gateway and back (Whatspie): `GET /v1/connections/{name}/groups`.",
});
