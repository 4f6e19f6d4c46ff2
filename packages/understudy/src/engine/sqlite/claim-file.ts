import { closeSync, openSync, readdirSync } from "node:fs"
import { parse, join } from "node:path"
import { systemClock, type Clock } from "../../base/clock.ts"
import { finding, type Finding } from "../../errors/finding.ts"
import { UnderstudyError } from "../../errors/understudy-error.ts"
import { checkFile } from "./file-check.ts"
import { acquireOwnerLock, type Holder, type OwnerLock } from "./owner-lock.ts"

/** A SQLite file that this process owns and that is fit to be opened. */
export interface FileClaim extends Disposable {
  /** The file to open: the one asked for, or one of this process's own beside it. */
  readonly file: string
  /** `storage.in-use`, `storage.corrupt`. */
  readonly findings: readonly Finding[]
  /** Gives the file up, after it was closed. Can be called again. */
  release(): void
}

/** So many processes on one folder are a mistake of another kind. */
const MOST_OWN_FILES = 64

/**
 * Claims a file for this process: takes its owner's lock, sets it aside if it is damaged, makes it, private, if it is
 * not there. Where another process (or another database of this one) holds it, the next free of `name-2`, `name-3`, …
 * is claimed instead. `:memory:` needs no lock.
 *
 * @throws UnderstudyError `UNDERSTUDY_STORAGE` where no file can be had there.
 */
export function claimFile(file: string, clock: Clock = systemClock): FileClaim {
  if (file === ":memory:") return { file, findings: [], release() {}, [Symbol.dispose]() {} }
  const { lock, holder } = acquireFirst(file)
  try {
    const corrupt = checkFile(lock.file, clock)
    createPrivate(lock.file)
    const findings: Finding[] = []
    if (holder !== null)
      findings.push(finding("storage.in-use", { file, holder: nameOf(holder), own: lock.file }))
    if (corrupt !== null) findings.push(corrupt)
    const release = (): void => lock.release()
    return { file: lock.file, findings: Object.freeze(findings), release, [Symbol.dispose]: release }
  } catch (error) {
    lock.release()
    throw error
  }
}

function acquireFirst(file: string): { lock: OwnerLock; holder: Holder | null } {
  let holder: Holder | null = null
  for (let count = 1; count <= MOST_OWN_FILES; count += 1) {
    const result = acquireOwnerLock(count === 1 ? file : numbered(file, count))
    if (!("heldBy" in result)) return { lock: result, holder }
    holder ??= result.heldBy
  }
  const detail = `other processes hold it and ${MOST_OWN_FILES - 1} more beside it`
  throw new UnderstudyError("UNDERSTUDY_STORAGE", { file, detail })
}

/** `embedded.sqlite` becomes `embedded-2.sqlite`. */
function numbered(file: string, count: number): string {
  const { dir, name, ext } = parse(file)
  return join(dir, `${name}-${count}${ext}`)
}

/** The files beside this one that processes had of their own because it was held, and the one that was. */
export function filesBeside(file: string): readonly string[] {
  const { dir, base, name, ext } = parse(file)
  const unnumbered = (each: string): string => each.replace(/-\d+$/, "")
  return readdirSync(dir)
    .filter((each) => each !== base && each.endsWith(ext))
    .filter((each) => unnumbered(parse(each).name) === unnumbered(name))
    .map((each) => join(dir, each))
}

function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== "EEXIST") {
      throw new UnderstudyError(
        "UNDERSTUDY_STORAGE",
        { file, detail: code ?? "unknown error" },
        { cause: error },
      )
    }
  }
}

function nameOf({ pid, host }: Holder): string {
  if (pid === null) return "another process"
  return pid === process.pid
    ? "another database of this process"
    : `process ${pid} on ${host ?? "this machine"}`
}
