import type { HostProfile } from "./host-table.ts"

/** How long what is written to a place lives. */
export type Durability = "durable" | "ephemeral" | "memory"

/** What a mount's file system means for a live SQLite database. */
export type FileSystemClass =
  /** A disk of this machine. */
  | "local"
  /** A container's layered root. */
  | "overlay"
  /** Memory that looks like a disk. */
  | "memory"
  /** Behind a network or a user-space program: locks and fsync lie there. */
  | "network"
  /** The mount table does not tell. */
  | "unknown"

/** What is wrong with a folder. */
export type FolderProblem =
  | "network"
  | "not-a-folder"
  | "not-writable"
  | "foreign-owner"
  | "file-unusable"
  /** No space is left. A folder that holds a database is used nevertheless: what it holds can be read. */
  | "full"

/** Why a folder is looked at. */
export type PlaceOrigin = "url" | "configured" | "volume" | "data" | "home" | "temp"

/** What was found at the place of a SQLite file. Nothing was changed to find it out. */
export interface FileFacts {
  readonly file: string
  /**
   * `unreadable`: there, but its content could not be looked at now (locked, damaged further in, no right).
   * `blocked`: something else stands there: a folder, a socket, a dangling link.
   */
  readonly kind: "absent" | "empty" | "database" | "not-a-database" | "unreadable" | "blocked"
  readonly writable: boolean
  readonly sizeBytes: number
  /** User id of its owner; null where there is none. */
  readonly ownerUid: number | null
  /** Are there rows in tables that are not Understudy's, Kysely's or SQLite's own? */
  readonly userRows: "none" | "some" | "unknown"
  /** Does it say that it has seen its primary? */
  readonly primarySeen: boolean
  /**
   * Does it keep the writes that it takes as a fallback, to hand them back? `none`: no; `settled`: all of them were;
   * `owed`: some were not.
   */
  readonly journal: "none" | "settled" | "owed"
}

/** One folder that was considered for the SQLite files. */
export interface FolderFacts {
  readonly origin: PlaceOrigin
  /** Absolute; as it was asked for, links not followed. */
  readonly folder: string
  readonly fileSystem: FileSystemClass
  /** The type as the mount table names it: `ext4`, `overlay`; null where it does not tell. */
  readonly fileSystemType: string | null
  readonly durability: "durable" | "ephemeral"
  /** Why it is durable or not, in a few words. */
  readonly why: string
  /** Proved by create, write, rename and unlink, and the files in it can be used. */
  readonly usable: boolean
  readonly problem: FolderProblem | null
  /** The system's word for the problem: `EROFS`, or a few words; null where there is none. */
  readonly detail: string | null
  /** The files looked at there; empty where the folder cannot be used. */
  readonly files: Readonly<Record<string, FileFacts>>
}

/** A mount that is no place for a live database but may be one for snapshots. */
export interface NetworkMount {
  readonly folder: string
  readonly source: string
  readonly type: string
}

/** What was measured about the machine. Frozen; gathered once at start. */
export interface HostFacts {
  readonly host: HostProfile
  /** What it was known by: `SPACE_ID`, `/.dockerenv`; null on a plain machine. */
  readonly detectedBy: string | null
  readonly inContainer: boolean
  readonly workingFolder: string
  readonly homeFolder: string | null
  /** Null where the system has no user ids. */
  readonly uid: number | null
  /** Is there an IPv6 address that reaches beyond this network? */
  readonly ipv6: boolean
  /** The addresses of this machine; empty where they could not be had. */
  readonly addresses: readonly string[]
  /** The folders considered, in order. The last is the usable one, if there is any. */
  readonly places: readonly FolderFacts[]
  /** The file a SQLite URL names, absolute, or `:memory:`; null where the URL names none. */
  readonly urlFile: string | null
  readonly networkMounts: readonly NetworkMount[]
}
