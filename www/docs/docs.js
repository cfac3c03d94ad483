// The reference: Swagger UI over /openapi.json, with nothing of anybody else's.

/** Of its parts, what is not needed here, or not for everyone: a link inside a button is none for a keyboard. */
const plain = ({ React }) => ({
  wrapComponents: {
    DeepLink: () => ({ text }) => React.createElement("span", null, text),
    ServersContainer: () => () => null,
    curl: (Curl) => ({ request, ...props }) => React.createElement(Curl, { ...props, request: withoutKey(request) }),
  },
});

/** A command is shown to others, and copied: the key has no place in it. */
function withoutKey(request) {
  const place = ["headers", "Authorization"];
  return request.hasIn(place) ? request.setIn(place, "Bearer <CHASKI_API_KEY>") : request;
}

/** What it leaves without a name, and where the keyboard does not reach. */
const names = {
  ".close-modal": "Close",
  ".examples-select-element": "Example",
  "select.content-type": "Media type",
  "textarea.body-param__text": "Body",
};

function mend(root) {
  for (const [selector, name] of Object.entries(names)) {
    for (const element of root.querySelectorAll(`${selector}:not([aria-label])`)) element.setAttribute("aria-label", name);
  }
  // It would be read by who looks on, and kept by the browser for the next form.
  for (const field of root.querySelectorAll(".auth-container input[type=text]")) Object.assign(field, { type: "password", autocomplete: "off" });
  for (const block of root.querySelectorAll("pre:not([tabindex])")) block.tabIndex = 0;
  // It says something else than what is read on it.
  for (const button of root.querySelectorAll(".auth-btn-wrapper [aria-label]")) button.removeAttribute("aria-label");
}

const domNode = document.getElementById("reference");
new MutationObserver(() => mend(domNode)).observe(domNode, { childList: true, subtree: true });

globalThis.SwaggerUIBundle({
  url: "/openapi.json",
  domNode,
  plugins: [plain],
  // The document is our own, and nobody else is asked about it.
  validatorUrl: null,
  // A key is gone with the page.
  persistAuthorization: false,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  syntaxHighlight: false,
});
