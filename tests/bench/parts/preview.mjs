// The product's own Worker without a gateway: what would be sent.

import { message } from "../support/messages.mjs";
import { checkAlike, checkRefused } from "../support/right.mjs";
import { measure, secondsOf, tell, withSubjects } from "./workers.mjs";

const names = ["pass", "hono", "worker"];
const timed = ["hono", "worker"];
const ask = { path: "/v1/messages/preview", body: message };

export const preview = {
  name: "preview",
  about: "POST /v1/messages/preview of the Worker, against Hono + zod",
  seconds: (options) => secondsOf(options, names.length, timed.length),
  async run(options, say) {
    return withSubjects(names, async (subjects, gateway) => {
      const alike = subjects.filter(({ name }) => name !== "pass");
      await checkAlike(alike, gateway, ask);
      await checkRefused(alike, { ...ask, headers: { authorization: "Bearer wrong" } }, 401);
      for (const body of [{ ...message, txt: 1 }, { ...message, reply_to: "ABC" }]) await checkRefused(alike, { ...ask, body }, 422);
      const { text, bars } = tell(await measure(subjects, timed, ask, options, say), {
        ours: "worker",
        theirs: "hono",
        bars: [
          { of: "cpu", name: "CPU of a preview by the Worker, against Hono + zod", most: 1 },
          { of: "above", name: "the same, above a pass-through", most: 1 },
        ],
      });
      return { text: `\`POST /v1/messages/preview\`: the message checked, A1Base's request built, its keys masked. Nothing is fetched.\n\n${text}`, bars };
    });
  },
};
