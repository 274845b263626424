export {
  cidFromKey as cidOfLink,
  cidKey as linkOf,
  cidOfCbor as cidOfNode,
} from "#repo/cid.ts";
export { readLatin1, writeLatin1 } from "#repo/latin1.ts";

/**
 * A CID with one character for each byte. Inside the tree this form is cheaper
 * than bytes to hold, to compare and to look up.
 */
export type Link = string;
