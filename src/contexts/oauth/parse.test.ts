import { expect, test } from "bun:test";
import { InvalidRequestError } from "@atproto/oauth-provider/errors";
import {
  oauthAuthorizationRequestParSchema,
  oauthClientCredentialsSchema,
  oauthTokenRequestSchema,
} from "@atproto/oauth-types";
import { parse, type Parser } from "./parse.ts";

const PAR = oauthAuthorizationRequestParSchema;

test.each<[string, Parser<unknown>, object, string]>([
  ["no client", oauthClientCredentialsSchema, {}, "client_id: Required"],
  [
    "an empty client",
    oauthClientCredentialsSchema,
    { client_id: "" },
    "client_id: String must contain",
  ],
  [
    "an unknown prompt",
    PAR,
    { client_id: "http://localhost", response_type: "code", prompt: "x" },
    "prompt: Invalid enum value",
  ],
  ...["http://[::1", "https://exa mple.com/", "http://127.0.0.1:99999/"].map(
    (uri): [string, Parser<unknown>, object, string] => [
      `a way back to ${uri}`,
      PAR,
      {
        client_id: "http://localhost",
        response_type: "code",
        redirect_uri: uri,
      },
      "redirect_uri: No URL",
    ],
  ),
  [
    "an unknown grant",
    oauthTokenRequestSchema,
    { grant_type: "magic" },
    "grant_type: Invalid discriminator",
  ],
  [
    "a grant without its code",
    oauthTokenRequestSchema,
    { grant_type: "authorization_code" },
    "code: Required",
  ],
])("%s is refused with the name of the field", (_name, schema, body, words) => {
  expect(() => parse(schema, body, InvalidRequestError)).toThrow(words);
});

test("what fits is read", () => {
  const body = { client_id: "http://localhost" };
  expect(
    parse(oauthClientCredentialsSchema, body, InvalidRequestError),
  ).toEqual(body);
});

test("an error of another kind is told all the same", () => {
  const odd: Parser<never> = {
    safeParse: () => ({ success: false, error: new Error("odd") }),
  };
  expect(() => parse(odd, {}, InvalidRequestError)).toThrow("invalid");
});
