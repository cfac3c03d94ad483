// The npm module in Node: how soon it is there, and how much it does in a second.

import { join } from "node:path";
import { CommandFailed, capture, root } from "../../../src/tools/process.mjs";
import { measured } from "../support/machine.mjs";
import { number, ranged, table, thousands } from "../support/report.mjs";
import { median, paired, spread } from "../support/stats.mjs";

const folder = join(root, "tests", "bench", "node");
const importers = ["chaski", "zod", "a1base-node"];

const sizes = ({ isQuick }) => (isQuick ? { milliseconds: 100, rounds: 2, starts: 3 } : { milliseconds: 500, rounds: 5, starts: 15 });

export const module = {
  name: "module",
  about: "the npm module in Node, against JSON, zod and a1base-node",
  seconds(options) {
    const { milliseconds, rounds, starts } = sizes(options);
    return ((rounds + 1) * 17 * milliseconds) / 1000 + starts * importers.length * 0.25;
  },
  async run(options, say) {
    const { milliseconds, rounds, starts } = sizes(options);
    const imports = Object.fromEntries(importers.map((name) => [name, []]));
    for (let round = 0; round < starts; round += 1) {
      for (const name of importers) {
        say(`import to first request, round ${round + 1} of ${starts}, ${name}`);
        imports[name].push(Number(await node("first.mjs", name)));
      }
    }
    say("requests and replies");
    const { clients, ...providers } = JSON.parse(await node("throughput.mjs", milliseconds, rounds));
    return { text: report(imports, providers, clients), bars: [] };
  },
};

async function node(file, ...rest) {
  const { command, args } = measured(process.execPath, [join(folder, file), ...rest.map(String)]);
  const { ok, output } = await capture(command, args);
  if (!ok) throw new CommandFailed(file, output);
  return output;
}

function report(imports, providers, clients) {
  const ratio = (one, other) => ranged(median(one) / median(other), spread(paired(one, other, (ours, theirs) => ours / theirs)));
  const rows = Object.entries(providers).map(([provider, { chaski, json, zod }]) => [provider, ratio(chaski, zod), ratio(chaski, json), thousands(median(chaski))]);
  return [
    "`request` and `reply` of one send in Node, a second, against `JSON.stringify` and `JSON.parse` of the same gateway's texts alone, and against zod's check of the message with them.",
    table(["", "against zod + JSON", "against JSON alone", "a second"], rows),
    `\`send\` at A1Base with an answer at once, against the vendor's own \`a1base-node\` (without its limit of ten a second): ${ratio(clients.chaski, clients["a1base-node"])} times as many a second.`,
    table(
      ["import to first request", "against zod", "ms"],
      importers.map((name) => [`\`${name}\``, ratio(imports[name], imports.zod), number(median(imports[name]), 1)]),
    ),
  ].join("\n\n");
}
