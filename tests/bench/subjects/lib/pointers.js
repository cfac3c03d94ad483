// What zod found wrong, as JSON pointers.

const pointer = (path) => path.map((name) => `/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

export const pointersOf = (issues) =>
  issues.flatMap(({ code, keys, path, message }) =>
    code === "unrecognized_keys" ? keys.map((key) => ({ pointer: pointer([...path, key]), detail: "no such member" })) : [{ pointer: pointer(path), detail: message }],
  );
