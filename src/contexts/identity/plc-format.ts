import type { AnyPlcOperation } from "./plc-operation.ts";

/** JSON that is not an operation of did:plc, with the reason. */
export class InvalidPlcOperation extends Error {
  override name = "InvalidPlcOperation";
}

export interface PlcFormatRule {
  /** Fields that no operation has: refused in what is sent, kept in old logs, where they count for the hash. */
  unknownFields: "refuse" | "keep";
}

const UPDATE_FIELDS = [
  "type",
  "rotationKeys",
  "verificationMethods",
  "alsoKnownAs",
  "services",
  "prev",
  "sig",
];
const TOMBSTONE_FIELDS = ["type", "prev", "sig"];
const LEGACY_TEXTS = [
  "signingKey",
  "recoveryKey",
  "handle",
  "service",
  "sig",
] as const;
const LEGACY_FIELDS = ["type", "prev", ...LEGACY_TEXTS];

/**
 * Takes JSON for an operation after checking its shape alone: neither limits
 * nor keys nor signatures.
 * @throws InvalidPlcOperation
 */
export function parsePlcOperation(
  json: unknown,
  rule: PlcFormatRule = { unknownFields: "refuse" },
): AnyPlcOperation {
  const map = checkMap(json, "operation");
  switch (map.type) {
    case "plc_operation":
      checkUpdate(map, rule);
      break;
    case "plc_tombstone":
      checkFields(map, TOMBSTONE_FIELDS, rule);
      checkText(map.prev, "prev");
      checkText(map.sig, "sig");
      break;
    case "create":
      checkFields(map, LEGACY_FIELDS, rule);
      for (const name of LEGACY_TEXTS) checkText(map[name], name);
      if (map.prev !== null) throw new InvalidPlcOperation("prev is not null");
      break;
    default:
      throw new InvalidPlcOperation("unknown type of operation");
  }
  return json as AnyPlcOperation;
}

function checkUpdate(map: Record<string, unknown>, rule: PlcFormatRule): void {
  checkFields(map, UPDATE_FIELDS, rule);
  checkTexts(map.rotationKeys, "rotationKeys");
  checkTexts(map.alsoKnownAs, "alsoKnownAs");
  for (const value of Object.values(
    checkMap(map.verificationMethods, "verificationMethods"),
  )) {
    checkText(value, "verification method");
  }
  for (const value of Object.values(checkMap(map.services, "services"))) {
    const service = checkMap(value, "service");
    checkFields(service, ["type", "endpoint"], rule);
    checkText(service.type, "type of a service");
    checkText(service.endpoint, "endpoint of a service");
  }
  if (map.prev !== null) checkText(map.prev, "prev");
  checkText(map.sig, "sig");
}

function checkMap(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidPlcOperation(`${name} is not an object`);
  }
  return value as Record<string, unknown>;
}

function checkText(value: unknown, name: string): void {
  // An unpaired surrogate has no UTF-8, so it could be neither hashed nor kept.
  if (typeof value !== "string" || !value.isWellFormed()) {
    throw new InvalidPlcOperation(`${name} is not a string`);
  }
}

function checkTexts(value: unknown, name: string): void {
  if (!Array.isArray(value)) {
    throw new InvalidPlcOperation(`${name} is not a list`);
  }
  for (const entry of value) checkText(entry, name);
}

function checkFields(
  map: Record<string, unknown>,
  known: string[],
  rule: PlcFormatRule,
): void {
  if (rule.unknownFields === "keep") return;
  const other = Object.keys(map).find((key) => !known.includes(key));
  if (other !== undefined) {
    throw new InvalidPlcOperation(`unknown field ${other.slice(0, 50)}`);
  }
}
