const chaski = require("chaski");
const { Edge } = require("chaski/edge");

async function main() {
  const { checksOf, runChecks } = await import("./checks.mjs");
  const { default: fixtures } = await import("./fixtures.mjs");
  const same = () => {
    if (Edge !== chaski.Edge) throw new Error("there are two classes Edge");
  };
  console.log(JSON.stringify(await runChecks({ "one class Edge": same, ...checksOf(chaski, fixtures) })));
}

main();
