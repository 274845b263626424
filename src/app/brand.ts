import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { OperatorError } from "#lib/errors.ts";
import type { Config } from "#config.ts";
import type { EdgeSettings } from "#edge/settings.ts";
import { findAccentFault } from "#edge/web/brand.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".webp": "image/webp",
  ".avif": "image/avif",
};
const MOST_BYTES = 256 * 1024;

/**
 * Reads the picture of the host, and looks whether people can read what is
 * written in its colours.
 * @throws OperatorError with exit code 78.
 */
export function readBrand(config: Config): Pick<EdgeSettings, "logo"> {
  const { primaryColor, primaryColorDark } = config;
  for (const [name, text, scheme] of [
    ["TEMPEST_PRIMARY_COLOR", primaryColor, "light"],
    ["TEMPEST_PRIMARY_COLOR_DARK", primaryColorDark, "dark"],
  ] as const) {
    const fault = text === null ? null : findAccentFault(text, scheme);
    if (fault !== null) {
      throw refusal(`${name}: ${fault}.`, "Choose another colour.");
    }
  }
  return { logo: config.logoFile === null ? null : readLogo(config.logoFile) };
}

function readLogo(path: string): NonNullable<EdgeSettings["logo"]> {
  const type = TYPES[extname(path).toLowerCase()];
  if (type === undefined) {
    throw refusal(
      `TEMPEST_LOGO_FILE: ${path} is no picture that browsers show.`,
      `Its name has to end in one of ${Object.keys(TYPES).join(", ")}.`,
    );
  }
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(readFileSync(path));
  } catch (cause) {
    throw refusal(
      `TEMPEST_LOGO_FILE: ${path} can't be read.`,
      "Correct the path, or the permissions of the file.",
      cause,
    );
  }
  if (bytes.length <= MOST_BYTES) return { bytes, type };
  throw refusal(
    `TEMPEST_LOGO_FILE: ${path} is larger than ${MOST_BYTES / 1024} KB, and every page would carry it.`,
    "Make the picture smaller.",
  );
}

function refusal(message: string, hint: string, cause?: unknown) {
  return new OperatorError(message, { hint, exitCode: 78, cause });
}
