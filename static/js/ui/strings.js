// The sentences of the small parts, which the documentation page uses without the console.

export const strings = {
  copied: "Copied.",
  notCopied: "The browser did not allow copying. Select the text and copy it yourself.",
  copyCommand: "Copy this command",
}
