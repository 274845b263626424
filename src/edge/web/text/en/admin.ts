/** The pages of the operator. */
export const admin = {};
