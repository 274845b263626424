/** The pages of owners. */
export const account = {
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
