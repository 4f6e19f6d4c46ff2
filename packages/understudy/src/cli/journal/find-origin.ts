import { lookAtFile } from "../../host/file-facts.ts"
import { lookAtPendingOrigins, type PendingOrigin } from "../../journal/local/pending-origins.ts"

/** An origin and the file that holds it. */
export interface FoundOrigin {
  readonly file: string
  readonly origin: PendingOrigin
}

/** What these files have not handed back. Throws what node:sqlite throws where one cannot be read. */
export function pendingIn(files: readonly string[]): FoundOrigin[] {
  return files
    .filter((file) => lookAtFile(file).journal === "owed")
    .flatMap((file) => lookAtPendingOrigins(file).map((origin) => ({ file, origin })))
}
