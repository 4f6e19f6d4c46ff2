import { finding, type Finding } from "../../errors/finding.ts"
import { lookAtFile } from "../../host/file-facts.ts"
import { lookAtPendingOrigins, type PendingOrigin } from "../../journal/local/pending-origins.ts"

/** An origin and the file that holds it. */
export interface FoundOrigin {
  readonly file: string
  readonly origin: PendingOrigin
}

/** What files have not handed back, and which of them could not be read. */
export interface FoundOrigins {
  readonly found: readonly FoundOrigin[]
  readonly problems: readonly Finding[]
}

/** What these files have not handed back. Changes nothing. */
export function pendingIn(files: readonly string[]): FoundOrigins {
  const found: FoundOrigin[] = []
  const problems: Finding[] = []
  for (const file of files.filter(holdsSomething)) {
    try {
      found.push(...lookAtPendingOrigins(file).map((origin) => ({ file, origin })))
    } catch (error) {
      problems.push(unreadable(file, error))
    }
  }
  return { found, problems }
}

/** Is there anything to be read? */
export function holdsSomething(file: string): boolean {
  const { kind } = lookAtFile(file)
  return kind !== "absent" && kind !== "empty"
}

/** A file that could not be read. */
export function unreadable(file: string, error: unknown): Finding {
  const detail = error instanceof Error ? error.message : "unknown error"
  return finding("mirror.file-unreadable", { file, detail })
}
