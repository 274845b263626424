import { version } from "../../package.json";

/** The release, as package.json has it. */
export const VERSION: string = version;
