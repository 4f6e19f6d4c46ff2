import { createHash, timingSafeEqual } from "node:crypto"
import type { Secret } from "../base/secret.ts"

/** Tells whether an `Authorization` header proves to be the admin's. */
export type AdminCheck = (authorization: string | undefined) => boolean

/**
 * A check for `Authorization: Bearer TOKEN`, in constant time. Without a token nobody is the admin.
 * A wrong token is not refused, it only proves nothing: a host's proxy may send a token of its own along.
 */
export function createAdminCheck(token: Secret | null): AdminCheck {
  if (token === null) return () => false
  const expected = digest(token.reveal())
  return (authorization) => {
    const given = /^bearer +(\S+) *$/i.exec(authorization ?? "")?.[1]
    // Digests have one length, so that not even the token's length shows in the time taken.
    return given !== undefined && timingSafeEqual(digest(given), expected)
  }
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest()
}
