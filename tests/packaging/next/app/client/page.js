"use client";

import * as chaski from "chaski";
import { useEffect } from "react";
import { checksOf, runChecks } from "../../checks.mjs";
import fixtures from "../../fixtures.mjs";

export default function Page() {
  useEffect(() => {
    runChecks(checksOf(chaski, fixtures)).then((results) => (globalThis.report = results));
  }, []);
  return <p>{chaski.providers().map(({ name }) => name).join(", ")}</p>;
}
