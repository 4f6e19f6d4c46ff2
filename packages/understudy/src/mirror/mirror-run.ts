import type { Client } from "pg"
import { delay } from "../base/abort.ts"
import { connectClient, dial } from "../engine/postgres/dial.ts"
import { destroyClient } from "../engine/postgres/client.ts"
import type { PostgresOptions, Server } from "../engine/postgres/options.ts"
import { installCapture, installJournal } from "../journal/install-capture.ts"
import { findPrimaryTables, SHAPE } from "../journal/primary-table.ts"
import { copyTable, exportSnapshot } from "./first-copy.ts"
import { applyChanges, type FollowedTable } from "./follow.ts"
import { MirrorFile, type CopyPosition, type TableCopy } from "./mirror-file.ts"
import { matchTable } from "./mirrored-table.ts"
import { TableWriter } from "./table-writer.ts"
import { Throttle } from "./throttle.ts"

/** What a mirror works with. Times in milliseconds. */
export interface MirrorRunOptions {
  /** How the primary is dialled. */
  readonly postgres: PostgresOptions
  /** The SQLite file, with the program's tables in it. */
  readonly file: string
  readonly pollMs: number
  /** So long is worked before a pause of so long. */
  readonly throttle: { readonly workMs: number; readonly pauseMs: number }
}

/** What a mirror tells on its way. */
export interface MirrorProgress {
  readonly state: "copying" | "live"
  readonly position: CopyPosition | undefined
  readonly tables: readonly TableCopy[]
  /** Changed rows, or copied ones, since it began. */
  readonly rows: number
}

const BUSY_TIMEOUT_MS = 5_000
/** SQLSTATE: somebody holds a table for long, so that its triggers cannot be made now. */
const LOCK_NOT_AVAILABLE = "55P03"
const LOCKED_PAUSE_MS = 1_000

/** The copy does not fit the primary any more: it is made anew. */
class StaleCopyError extends Error {
  override readonly name = "StaleCopyError"
}

/** Keeps the copy in the file up with the primary, until the signal ends it. Rejects where the primary is lost. */
export async function runMirror(
  options: MirrorRunOptions,
  signal: AbortSignal,
  report: (progress: MirrorProgress) => void,
): Promise<void> {
  using file = new MirrorFile(options.file, BUSY_TIMEOUT_MS)
  const server = await dial(options.postgres, signal)
  const client = await connectClient(options.postgres, server, signal)
  const end = (): void => destroyClient(client)
  signal.addEventListener("abort", end, { once: true })
  try {
    for (;;) {
      try {
        await new MirrorRun(options, { file, server, client }, signal, report).run()
      } catch (error) {
        if ((error as { code?: unknown }).code === LOCK_NOT_AVAILABLE) await delay(LOCKED_PAUSE_MS, signal)
        else if (!(error instanceof StaleCopyError)) throw error
      }
    }
  } finally {
    signal.removeEventListener("abort", end)
    destroyClient(client)
  }
}

interface Ends {
  readonly file: MirrorFile
  readonly server: Server
  readonly client: Client
}

/** From the look at the tables to the moment at which their shape changes. */
class MirrorRun {
  readonly #options: MirrorRunOptions
  readonly #file: MirrorFile
  readonly #server: Server
  readonly #client: Client
  readonly #signal: AbortSignal
  readonly #report: (progress: MirrorProgress) => void
  readonly #throttle: Throttle
  readonly #followed = new Map<number, FollowedTable>()
  #tables: readonly TableCopy[] = []
  #oids: readonly number[] = []
  #rows = 0

  constructor(
    options: MirrorRunOptions,
    { file, server, client }: Ends,
    signal: AbortSignal,
    report: (progress: MirrorProgress) => void,
  ) {
    this.#options = options
    this.#file = file
    this.#server = server
    this.#client = client
    this.#signal = signal
    this.#report = report
    this.#throttle = new Throttle(options.throttle.workMs, options.throttle.pauseMs, signal)
  }

  async run(): Promise<never> {
    await this.#prepare()
    const position = this.#file.position()
    if (position === undefined || !(await this.#fits(position))) await this.#copy()
    for (;;) {
      await this.#poll()
      await delay(this.#options.pollMs, this.#signal)
    }
  }

  /** Looks at the tables of both, and has their changes captured. */
  async #prepare(): Promise<void> {
    await installJournal(this.#client)
    const files = this.#file.tables()
    const primaries = await findPrimaryTables(
      this.#client,
      files.map(({ name }) => name),
    )
    const tables: TableCopy[] = []
    for (const file of files) {
      const matched = matchTable(
        file,
        primaries.find(({ name }) => name === file.name),
      )
      if ("code" in matched) {
        const detail = matched.code === "column-differs" ? matched.column : null
        tables.push({ name: file.name, absence: matched.code, detail })
        continue
      }
      await installCapture(this.#client, matched.primary)
      this.#followed.set(matched.primary.oid, {
        table: matched,
        writer: new TableWriter(this.#file.database, matched),
      })
      tables.push({ name: file.name, absence: null, detail: null })
    }
    this.#tables = tables
    this.#oids = [...this.#followed.keys()]
  }

  async #fits(position: CopyPosition): Promise<boolean> {
    const mark = await this.#mark()
    return (
      position.primary === mark.id &&
      position.cluster === this.#server.cluster &&
      position.shape === mark.shape
    )
  }

  /** Which primary this is, and the shape of its tables now. */
  async #mark(): Promise<{ readonly id: string; readonly shape: string }> {
    const { rows } = await this.#client.query<{ id: string; shape: string }>(
      `select (select id::text from understudy.primary_mark) as id, (${SHAPE}) as shape`,
      [this.#oids],
    )
    const mark = rows[0]
    if (mark === undefined) throw new Error("the primary does not answer")
    return mark
  }

  /** All rows of all tables, as they were at one moment: all of it is there at once, or nothing. */
  async #copy(): Promise<void> {
    const mark = await this.#mark()
    const asOf = new Date()
    this.#tell("copying")
    const reader = await connectClient(this.#options.postgres, this.#server, this.#signal)
    try {
      const snapshot = await exportSnapshot(this.#client)
      await this.#file.transaction(async () => {
        for (const { table, writer } of this.#followed.values()) {
          this.#rows += await copyTable(reader, snapshot, table, writer, this.#throttle)
          this.#tell("copying")
        }
        await this.#client.query("commit")
        if ((await this.#mark()).shape !== mark.shape) throw new StaleCopyError("a table changed its shape")
        this.#file.setTableCopies(this.#tables)
        this.#file.setPosition({
          primary: mark.id,
          cluster: this.#server.cluster,
          shape: mark.shape,
          cursor: snapshot.cursor,
          asOf,
        })
      })
    } finally {
      destroyClient(reader)
    }
    this.#tell("live")
  }

  /** Takes over what was committed since. */
  async #poll(): Promise<void> {
    const position = this.#file.position()
    if (position === undefined) throw new StaleCopyError("there is no copy")
    const asOf = new Date()
    await this.#client.query("begin isolation level repeatable read, read only")
    try {
      const { rows } = await this.#client.query<{ cursor: string; shape: string }>(
        `select pg_current_snapshot()::text as cursor, (${SHAPE}) as shape`,
        [this.#oids],
      )
      const now = rows[0]
      if (now === undefined || now.shape !== position.shape)
        throw new StaleCopyError("a table changed its shape")
      await this.#file.transaction(async () => {
        this.#rows += await applyChanges(this.#client, position.cursor, this.#followed, this.#throttle)
        this.#file.setPosition({ ...position, cursor: now.cursor, asOf })
      })
    } finally {
      await this.#client.query("commit").catch(() => {})
    }
    this.#tell("live")
  }

  #tell(state: MirrorProgress["state"]): void {
    this.#report({ state, position: this.#file.position(), tables: this.#tables, rows: this.#rows })
  }
}
