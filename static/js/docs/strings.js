// Every sentence of the documentation page that is not in the document.

export const strings = {
  title: "API of Roughy Box",
  brand: "Roughy Box API",
  skip: "Skip to the content",
  menu: "Contents",
  navigation: "Contents",
  search: "Search",
  nothingFound: "Nothing here has these words.",
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
  answers: "Answers",
  answerHeaders: "Headers",
  everyAnswer: "And of every answer: ",
  remedy: "What to do: ",
  required: "required",
  members: (name) => `Members of ${name}`,
  noBody: "No body",

  request: "Request",
  answer: "Answer",
  example: "Which answer",
  headersOnly: "headers",
  language: "Language",
  copy: "Copy",
}

/** What languages of code are called: alone, and beside each other. */
export const languages = { bash: "Shell", json: "JSON", text: "" }
export const tools = { bash: "curl", python: "Python", js: "JavaScript" }
