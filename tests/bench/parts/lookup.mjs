// The product's own Worker on its direct way to a gateway and back: which groups are there.

import { checkAlike, checkRefused } from "../support/right.mjs";
import { measure, secondsOf, tell, withSubjects } from "./workers.mjs";

const names = ["pass", "hono", "worker"];
const timed = ["hono", "worker"];
const ask = { method: "GET", path: "/v1/connections/pie/groups" };

export const lookup = {
  name: "lookup",
  about: "the Worker's direct exchange with a gateway, GET /v1/connections/{name}/groups",
  seconds: (options) => secondsOf(options, names.length, timed.length),
  async run(options, say) {
    return withSubjects(names, async (subjects, gateway) => {
      const alike = subjects.filter(({ name }) => name !== "pass");
      await checkAlike(alike, gateway, ask);
      await checkRefused(alike, { ...ask, headers: { authorization: "Bearer wrong" } }, 401);
      await checkRefused(alike, { ...ask, path: "/v1/connections/nobody/groups" }, 404);
      const { text, bars } = tell(await measure(subjects, timed, ask, options, say), {
        ours: "worker",
        theirs: "hono",
        bars: [
          { of: "cpu", name: "CPU of a look-up by the Worker, against Hono", most: 1 },
          { of: "above", name: "the same, above a pass-through", most: 1 },
        ],
      });
      return { text: `The Worker's own way to a gateway and back (Whatspie): \`GET /v1/connections/{name}/groups\`.\n\n${text}`, bars };
    });
  },
};
