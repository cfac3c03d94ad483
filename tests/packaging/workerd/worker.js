import * as chaski from "chaski";
import { checksOf, runChecks } from "./checks.mjs";
import fixtures from "./fixtures.mjs";
import { wireChecksOf } from "./wire.mjs";

export default {
  async fetch(request) {
    switch (new URL(request.url).pathname) {
      case "/checks":
        return Response.json(await runChecks({ ...checksOf(chaski, fixtures), ...wireChecksOf(chaski, await request.json()) }));
      case "/first": {
        const client = new chaski.Chaski({ provider: "whatspie", token: "test-token", device: "6281776521626" });
        return Response.json(client.request({ send_message: { to: { group: "495" }, text: "Hello" } }));
      }
      default:
        return new Response("ok");
    }
  },
};
