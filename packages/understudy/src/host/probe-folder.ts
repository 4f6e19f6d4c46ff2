import {
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs"
import { dirname, join } from "node:path"
import { randomUUID } from "node:crypto"
import type { FolderProblem } from "./host-facts.ts"

/** What came of proving a folder. */
export interface FolderProof {
  readonly problem: FolderProblem | null
  /** The system's word for it (`EROFS`), or a few words; null where there is no problem. */
  readonly detail: string | null
}

/** What a proof demands beyond writing, and what it leaves. */
export interface ProofOptions {
  /** Only this user may own it: in a temporary folder anybody may have put one of that name. */
  readonly ownerUid?: number | null
  /** Does a folder that was made for the proof stay? Default: yes. */
  readonly keep?: boolean
}

const PROVED: FolderProof = { problem: null, detail: null }

/**
 * Proves a folder by create, write, rename and unlink; permission bits lie on network mounts and for root. A missing
 * folder is made with its parents, mode 0700, and taken away again where the proof fails or is all that is wanted. Never
 * throws.
 */
export function proveFolder(folder: string, options: ProofOptions = {}): FolderProof {
  let made: string | undefined
  try {
    made = makeFolder(folder)
    if (!statSync(folder).isDirectory()) return { problem: "not-a-folder", detail: "ENOTDIR" }
    const foreign = ownerProblem(folder, options.ownerUid ?? null)
    if (foreign !== null) return foreign
    writeAndRename(folder)
    if (made !== undefined && options.keep === false) removeMade(folder, made)
    return PROVED
  } catch (error) {
    if (made !== undefined) removeMade(folder, made)
    const code = codeOf(error)
    return { problem: problemFor(code), detail: code }
  }
}

function problemFor(code: string): FolderProblem {
  if (code === "ENOSPC" || code === "EDQUOT") return "full"
  return code === "EEXIST" || code === "ENOTDIR" ? "not-a-folder" : "not-writable"
}

/**
 * Makes a folder with its parents and tells the first one made. Node's own recursive `mkdir` runs for ever where a
 * file system answers ENOENT under a folder that is there, as `/proc` does.
 */
function makeFolder(folder: string): string | undefined {
  const missing: string[] = []
  for (let current = folder; !existsSync(current); current = dirname(current)) {
    missing.unshift(current)
    if (dirname(current) === current) break
  }
  for (const path of missing) {
    try {
      mkdirSync(path, { mode: 0o700 })
    } catch (error) {
      // Another process may have been faster.
      if (codeOf(error) !== "EEXIST") {
        if (path !== missing[0]) removeMade(dirname(path), missing[0] ?? path)
        throw error
      }
    }
  }
  return missing[0]
}

/** The link itself is looked at: one that leads elsewhere is as foreign as a folder of another user. */
function ownerProblem(folder: string, ownerUid: number | null): FolderProof | null {
  if (ownerUid === null) return null
  const stat = lstatSync(folder)
  if (stat.isDirectory() && stat.uid === ownerUid && (stat.mode & 0o022) === 0) return null
  return { problem: "foreign-owner", detail: "not a folder that this user alone can write to" }
}

function writeAndRename(folder: string): void {
  const name = join(folder, `.understudy-probe-${randomUUID()}`)
  const renamed = `${name}-renamed`
  try {
    writeFileSync(name, "understudy", { flag: "wx", mode: 0o600 })
    renameSync(name, renamed)
    unlinkSync(renamed)
  } catch (error) {
    for (const left of [name, renamed]) quietly(() => unlinkSync(left))
    throw error
  }
}

/** Takes away what `mkdir` made, deepest first, as long as it is empty. */
function removeMade(folder: string, first: string): void {
  for (let current = folder; current.length >= first.length; current = dirname(current)) {
    if (!quietly(() => rmdirSync(current))) return
  }
}

function quietly(act: () => void): boolean {
  try {
    act()
    return true
  } catch {
    return false
  }
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === "string" ? code : "unknown error"
}
