// A bare pass-through: what the host itself costs. Text in, one fetch, text out; a GET or a preview the same way, as far as it goes.

const sends = (url) => url.endsWith("/v1/send");
const looksUp = (url) => url.endsWith("/groups");

export default {
  async fetch(request, env) {
    if (looksUp(request.url)) {
      const answer = await fetch(`${env.UPSTREAM}/whatspie/groups`);
      return new Response(await answer.text(), json);
    }
    const body = await request.text();
    if (!sends(request.url)) return new Response(body, json);
    const answer = await fetch(`${env.UPSTREAM}/a1base/v1/messages/group/bench-account/send`, { method: "POST", headers, body });
    return new Response(await answer.text(), json);
  },
};

const headers = { "content-type": "application/json" };
const json = { headers };
