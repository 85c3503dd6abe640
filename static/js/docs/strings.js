// The sentences of the documentation page that are not in the document.

export const strings = {
  title: "Roughy Box API",
  brand: "Roughy Box API",
  skip: "Skip to content",
  menu: "Contents",
  navigation: "Contents",
  search: "Search",
  nothingFound: "No matches.",
  theme: "Light or dark",
  console: "Console",
  document: "OpenAPI document",
  version: (version) => `Version ${version}`,
  introduction: "Introduction",
  guides: "Guides",
  failed: "The API document could not be read. Reload the page to try again.",

  needsKey: "Needs an API key",
  public: "No key needed",
  parameters: { path: "Path", query: "Query", header: "Headers" },
  body: "Body",
  responses: "Responses",
  responseHeaders: "Headers",
  everyResponse: "Headers of every response: ",
  remedy: "Remedy: ",
  required: "required",
  members: (name) => `Fields of ${name}`,
  noBody: "No body",

  request: "Request",
  response: "Response",
  example: "Example response",
  headersOnly: "headers",
  language: "Language",
  copy: "Copy",
}

/** The names of code languages, alone and next to each other. */
export const languages = { bash: "Shell", json: "JSON", text: "" }
export const tools = { bash: "curl", python: "Python", js: "JavaScript" }
