/** What frames every page, and what all of them are put together from. */
export const shell = {
  skip: "Skip to the content",
  menu: "Menu",
  signOut: "Sign out",
  switchTo: (handle: string) => `Switch to @${handle}`,
  pages: "Pages of the list",
  next: "Next page",
  first: "Back to the beginning",
  language: "Language",
  terms: "Terms of service",
  privacy: "Privacy policy",
  support: "Help",
  contact: "Write to the operator",
  faults: "Please look at this once more:",
  none: "There is nothing here yet.",
  /** What a page or a button does, and with what. */
  about: (name: string, of: string) => `${name}: ${of}`,
  plotNothing: (name: string) => `${name}: nothing was measured.`,
  plotSays: (said: Record<"name" | "latest" | "highest" | "at", string>) =>
    `${said.name}: ${said.latest} at last, ${said.highest} at most (${said.at}).`,
  csv: "Download all of it as a table (CSV)",
};
