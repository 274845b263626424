/** The pages of owners. */
export const account = {
  /** Headings of the menu, in its order; the first needs none. */
  sections: {
    you: "",
    security: "Sign-in and access",
    data: "Your data",
    more: "More",
  },
  overview: {
    title: "Your account",
    identity: "Who you are",
    handle: "Handle",
    did: "Identifier",
    status: "State",
    statuses: {
      active: "Active",
      deactivated: "Deactivated",
      takendown: "Taken down",
      suspended: "Suspended",
      creating: "Being made",
      deleted: "Deleted",
    },
  },
  /** Told once, after a change; the key goes along in the address. */
  done: {},
};
