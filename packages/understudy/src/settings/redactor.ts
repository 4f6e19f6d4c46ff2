import { createRedactor, type Redactor } from "../base/redact.ts"
import { secretTexts } from "../url/parts.ts"
import type { Settings } from "./settings.ts"

/** A redactor for every secret that the settings hold: for texts that come from a driver, a server, a stack. */
export function settingsRedactor({ adminToken, snapshotUrl, database }: Settings): Redactor {
  const secrets = [adminToken, snapshotUrl].flatMap((secret) => (secret === null ? [] : [secret.reveal()]))
  return createRedactor(
    database.dialect === "postgresql" ? [...secrets, ...secretTexts(database.parts)] : secrets,
  )
}
