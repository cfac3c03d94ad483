// What a page must not do, whoever looks at it.

/**
 * Keeps what goes wrong in a page from now on: uncaught errors, requests that fail or leave `origin`, and what the console
 * says in one of the `types`, or in any. `inline` are the schemes whose URLs hold what they name. Returns the list, which grows.
 */
export function troublesOf(page, origin, { types = ["error", "warning"], inline = [] } = {}) {
  const troubles = [];
  const isOwn = (url) => url.origin === origin || inline.includes(url.protocol);
  page.on("console", (message) => (types === "any" || types.includes(message.type())) && troubles.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => troubles.push(`uncaught: ${error.stack}`));
  page.on("requestfailed", (request) => troubles.push(`failed: ${request.url()}`));
  page.on("request", (request) => isOwn(new URL(request.url())) || troubles.push(`foreign: ${request.url()}`));
  return troubles;
}
