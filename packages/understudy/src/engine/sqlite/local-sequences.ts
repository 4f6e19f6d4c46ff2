import type { DatabaseSync, StatementSync } from "node:sqlite"
import { SEQUENCE_TABLE } from "./sequences.ts"

const CREATE_TABLE = `create table if not exists ${SEQUENCE_TABLE} (name text primary key not null, next integer not null)`

// A rowid by chance tells a sequence from a dropped one of the same name.
const DRAW = `insert into ${SEQUENCE_TABLE} (rowid, name, next) values (random(), ?, 2)
  on conflict (name) do update set next = next + 1 returning next - 1, rowid`
const RAISE = `update ${SEQUENCE_TABLE} set next = ? + 1 where rowid = ?`

/**
 * The sequences in the file. PostgreSQL gives no id out twice, though what drew it is rolled back; the table of
 * sequences is rolled back with everything else. So the least id not yet given out is remembered as long as the file
 * is open.
 */
export class LocalSequences {
  readonly #database: DatabaseSync
  readonly #greatest: (name: string) => bigint | undefined
  /** By rowid. */
  readonly #unused = new Map<bigint, bigint>()
  #draw: StatementSync | undefined
  #raise: StatementSync | undefined
  #version: StatementSync | undefined
  #seenVersion: unknown

  /** @param greatest The greatest id that a row has where others wrote rows, which the sequence counts on from. */
  constructor(database: DatabaseSync, greatest: (name: string) => bigint | undefined) {
    this.#database = database
    this.#greatest = greatest
    database.exec(CREATE_TABLE)
    this.#seenVersion = this.#dataVersion()
  }

  next(name: string): bigint {
    this.#draw ??= this.#database.prepare(DRAW, { readBigInts: true, returnArrays: true })
    const [stored, rowid] = this.#draw.get(name) as unknown as [bigint, bigint]
    let id = stored
    const unused = this.#remembered(rowid, stored) ?? this.#afterOthers(name)
    if (unused !== undefined && unused > stored) {
      id = unused
      this.#raise ??= this.#database.prepare(RAISE)
      this.#raise.run(id, rowid)
    }
    this.#unused.set(rowid, id + 1n)
    return id
  }

  #remembered(rowid: bigint, stored: bigint): bigint | undefined {
    const unused = this.#unused.get(rowid)
    return unused === undefined || unused <= stored || this.#isSameFile() ? unused : undefined
  }

  #afterOthers(name: string): bigint | undefined {
    const greatest = this.#greatest(name)
    return greatest === undefined ? undefined : greatest + 1n
  }

  /** Somebody else wrote into the file, a copy put back for instance: what is remembered is of another content. */
  #isSameFile(): boolean {
    const version = this.#dataVersion()
    if (version === this.#seenVersion) return true
    this.#seenVersion = version
    this.#unused.clear()
    return false
  }

  #dataVersion(): unknown {
    this.#version ??= this.#database.prepare("pragma data_version")
    return this.#version.get()?.["data_version"]
  }
}
