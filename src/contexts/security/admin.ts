import { createHash, timingSafeEqual } from "node:crypto";

/** Tells whether a user name and password are the operator's. */
export type AdminCheck = (user: string, password: string) => boolean;

/**
 * @param adminPassword null or empty: nobody is the operator.
 * @returns a check that takes the same time whatever it is given.
 */
export function createAdminCheck(adminPassword: string | null): AdminCheck {
  const expected = adminPassword ? sha256(adminPassword) : null;
  return (user, password) => {
    const isPassword = timingSafeEqual(
      sha256(password),
      expected ?? sha256(""),
    );
    return expected !== null && isPassword && user === "admin";
  };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
