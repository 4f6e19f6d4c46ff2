import type { Client } from "pg"
import { delay } from "../base/abort.ts"
import type { LocalTransaction, Origin, RowChange } from "../journal/local/contract.ts"
import { faultPoint } from "#fault-point"
import { Batch, type BatchCounts, type Prepared } from "./apply-batch.ts"
import type { BatchSize } from "./batch-size.ts"
import { CommitRefused, readCursor, touchCursor, withCursor } from "./batch-transaction.ts"
import type { ConflictPolicies } from "./conflict-policies.ts"
import { Conflict, CONNECTION_FAILURE, conflictOf, refusalOf } from "./conflict.ts"
import { ExpectedImages } from "./expected-images.ts"
import { endOf, rowChangesOf, type JournalPages, type PageLimit } from "./journal-pages.ts"
import type { MessagePace } from "./in-sequence.ts"
import type { LoneFailures } from "./lone-failures.ts"
import { isForAny, meantFor } from "./meant-for.ts"
import { ParkedRows } from "./parked-rows.ts"
import type { RunResult } from "./replay-result.ts"
import { readPrimaryMark } from "./replay-schema.ts"
import { matchShape, toPrimaryChange, type ShapeTarget } from "./shape-target.ts"
import { findTargetTables, type TargetTable } from "./target-table.ts"

/** So much is read, and applied in one transaction, and some more: local transactions stay whole. */
const PAGE: PageLimit = { changes: 4_000, characters: 8 * 1024 * 1024 }
/**
 * Rows are held on the primary, and a lost connection costs all of it: what took longer is done in two the next time. A batch
 * takes some ten ways to the primary, however few it has: on a slow network it may take so many.
 */
const LONG_BATCH = { ms: 1_000, ways: 24 } as const
/** After so long somebody who holds a row is told of. */
const LONG_WAIT_MS = 10_000
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 1_000

/** What the primary keeps of a file's transactions, as it is where the cursor of an origin is there. */
interface Known {
  readonly origin: string
  readonly seq: number
  readonly parked: ParkedRows
  readonly expected: ExpectedImages
}

/** What a run works with. */
export interface HandoverGround {
  readonly client: Client
  /** The cluster behind it, as far as it tells. */
  readonly cluster: string | null
  readonly pages: JournalPages
  readonly policies: ConflictPolicies
  /** See ReplayOptions. */
  readonly statementLimitMs: number | undefined
  /** How much is applied at once, and sent at once, and what fails alone; they outlive the run. */
  readonly size: BatchSize
  readonly failures: LoneFailures
  readonly pace: MessagePace
  readonly signal: AbortSignal
  /** Told of each transaction of the primary's. */
  advanced(changes: number, parked: number, pending: number): Promise<void>
  /** Told where somebody on the primary has been in the way for long, and of which table, as far as the server says. */
  hindered(table: string | null, pending: number): void
}

/** One run. What it knows of the primary's tables is looked up anew by each. */
export class Handover {
  readonly #ground: HandoverGround
  readonly #client: Client
  readonly #pages: JournalPages
  readonly #tables = new Map<string, TargetTable | undefined>()
  /** By the ids of shapes. */
  readonly #targets = new Map<number, ShapeTarget | Conflict>()
  readonly #counts = { transactions: 0, changes: 0, parked: 0 }
  #names: readonly string[] = []
  #known: Known | undefined
  /** How long one way to the primary and back takes, about. Milliseconds. */
  #wayMs = 0

  constructor(ground: HandoverGround) {
    this.#ground = ground
    this.#client = ground.client
    this.#pages = ground.pages
  }

  async run(migrated: string | null): Promise<RunResult> {
    const met = { mark: await readPrimaryMark(this.#client), cluster: this.#ground.cluster }
    const origins = this.#pages.origins()
    const until = this.#pages.lastSeq()
    const names = origins.map(({ origin }) => origin)
    this.#names = names
    const done: number[] = []
    const setBack: number[] = []
    let appliedTo = 0
    let keepsBefore = false
    const result = async (stopped: RunResult["stopped"], migration: string | null): Promise<RunResult> => ({
      stopped,
      migration,
      appliedTo,
      origins: done,
      setBack,
      ...this.#counts,
      tablesParked: await tablesParked(this.#client, names),
    })
    for (const origin of origins) {
      const whose = await meantFor(this.#client, origin, met)
      if (whose === "set-back") setBack.push(origin.id)
      if (whose !== "this" || (keepsBefore && isForAny(origin))) {
        // What comes later and is meant for this one does not go on from it: a copy was made in between.
        keepsBefore = true
        const migration = this.#pages.migrationOf(origin)
        // But in the shape that a migration made, which has come since.
        if (migration !== undefined && (await this.#lacks(migration, migrated)))
          return result("migration", migration)
        appliedTo = Math.max(appliedTo, this.#pages.lastSeqOf(origin))
        continue
      }
      const askedMs = performance.now()
      let seq = await readCursor(this.#client, origin.origin)
      this.#wayMs = performance.now() - askedMs
      for (;;) {
        const page = this.#pages.read(origin, seq, PAGE)
        if (page === undefined) {
          done.push(origin.id)
          break
        }
        if (seq >= until) break
        if (page.kind === "migration") {
          if (await this.#lacks(page.name, migrated)) return result("migration", page.name)
          const cursor = { origin: origin.origin, origins: names }
          seq = await withCursor(this.#client, cursor, async (from) => Math.max(from, page.seq))
          this.#forgetTables()
        } else seq = await this.#hand(origin, page.transactions)
      }
      // A place comes from the file: of one that was set back, the cursor tells of what stood there before.
      appliedTo = Math.max(appliedTo, Math.min(seq, this.#pages.lastSeqOf(origin)))
    }
    await this.#ground.advanced(0, 0, 0)
    this.#ground.failures.runEnds()
    faultPoint("replay.ended")
    return result("end", null)
  }

  async #lacks(migration: string, migrated: string | null): Promise<boolean> {
    return migration !== migrated && !(await hasMigration(this.#client, migration))
  }

  /** Hands transactions back, in as many transactions of the primary's as it takes. */
  async #hand(origin: Origin, transactions: readonly LocalTransaction[]): Promise<number> {
    const { size, failures } = this.#ground
    const longMs = Math.max(LONG_BATCH.ms, LONG_BATCH.ways * this.#wayMs)
    let left = transactions
    let most = left.length
    let seq = 0
    let refusal: Conflict | undefined
    let pauseMs = FIRST_PAUSE_MS
    let hinderedSinceMs: number | undefined
    while (left.length > 0) {
      this.#ground.signal.throwIfAborted()
      const now = left.slice(0, size.begin(Math.min(most, left.length)))
      const [only] = now.length === 1 ? now : []
      await this.#beginAlone(origin, only)
      if (failures.isHopeless) refusal ??= new Conflict("refused", null, CONNECTION_FAILURE)
      const beganMs = performance.now()
      try {
        seq = await this.#commit(origin, now, refusal)
        size.applied({ tookLong: now.length > 1 && performance.now() - beganMs > longMs })
        failures.applied()
        refusal = undefined
        pauseMs = FIRST_PAUSE_MS
        hinderedSinceMs = undefined
        most *= 2
        left = left.slice(now.length).filter((transaction) => endOf(transaction) > seq)
      } catch (error) {
        const cause = error instanceof CommitRefused ? error.refusal : error
        const meaning = refusalOf(cause)
        if (meaning === "fatal" || refusal !== undefined) throw cause
        const verdict = failures.met(meaning)
        if (verdict === "later") throw cause
        // What is refused of one transaction alone, be it its end: that one is parked.
        if (verdict === "park") refusal = conflictOf(cause, undefined)
        if (meaning === "contention") {
          hinderedSinceMs ??= beganMs
          if (performance.now() - hinderedSinceMs > LONG_WAIT_MS)
            this.#ground.hindered(tableIn(cause), this.#pages.lastSeq() - startOf(now))
        }
        if (meaning === "slow") size.tooLarge()
        else most = Math.max(1, now.length >>> 1)
        if (meaning === "contention" || meaning === "clash" || meaning === "broken") {
          await delay(pauseMs * (0.5 + Math.random()), this.#ground.signal)
          pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)
        }
      }
    }
    return seq
  }

  /** Where the connection was lost over it before, it is not its fault unless the server takes something else. */
  async #beginAlone({ origin }: Origin, only: LocalTransaction | undefined): Promise<void> {
    const { failures } = this.#ground
    failures.begin(only && endOf(only))
    if (!failures.isSuspect) return
    failures.begin(undefined)
    await touchCursor(this.#client, origin)
    failures.begin(only && endOf(only))
  }

  /** One transaction of the primary's. */
  async #commit(
    { origin }: Origin,
    transactions: readonly LocalTransaction[],
    refusal: Conflict | undefined,
  ): Promise<number> {
    const client = this.#client
    const { policies, statementLimitMs, pace } = this.#ground
    const counts: BatchCounts = { transactions: 0, changes: 0, parked: 0 }
    try {
      const work = async (from: number): Promise<number> => {
        const { parked, expected } = await this.#knownAt(origin, from)
        const batch = new Batch({ client, policies, expected, pace }, parked, counts)
        const left = transactions.filter((transaction) => endOf(transaction) > from)
        await this.#lookUpTables(left)
        const prepared = left.map((transaction) => this.#prepare(transaction))
        const [only] = prepared
        if (refusal !== undefined && only !== undefined) await batch.park(only, refusal)
        else await batch.apply(prepared)
        return Math.max(from, ...left.slice(-1).map(endOf))
      }
      const seq = await withCursor(client, { origin, origins: this.#names }, work, statementLimitMs)
      this.#committed(seq)
      this.#counts.transactions += counts.transactions
      this.#counts.changes += counts.changes
      this.#counts.parked += counts.parked
      const changes = transactions.reduce((sum, transaction) => sum + transaction.changes.length, 0)
      await this.#ground.advanced(changes, counts.parked, Math.max(0, this.#pages.lastSeq() - seq))
      return seq
    } catch (error) {
      this.#known?.parked.rolledBack()
      throw error
    }
  }

  /** To be called by who has the cursor: another replay, or a batch that was taken for lost, may have moved it. */
  async #knownAt(origin: string, seq: number): Promise<Known> {
    if (this.#known?.origin === origin && this.#known.seq === seq) return this.#known
    const parked = await ParkedRows.open(this.#client, this.#names)
    const expected = await ExpectedImages.open(this.#client, origin, this.#names)
    this.#known = { origin, seq, parked, expected }
    return this.#known
  }

  #committed(seq: number): void {
    if (this.#known === undefined) return
    this.#known.parked.committed()
    this.#known = { ...this.#known, seq }
  }

  async #lookUpTables(transactions: readonly LocalTransaction[]): Promise<void> {
    const names = new Set(
      transactions.flatMap((transaction) => rowChangesOf(transaction).map(({ shape }) => shape.table)),
    )
    const unknown = [...names].filter((name) => !this.#tables.has(name))
    if (unknown.length === 0) return
    const found = await findTargetTables(this.#client, unknown)
    for (const name of unknown) this.#tables.set(name, found.get(name))
  }

  #forgetTables(): void {
    this.#tables.clear()
    this.#targets.clear()
  }

  #prepare(local: LocalTransaction): Prepared {
    const rows = rowChangesOf(local)
    try {
      return { local, rows, changes: rows.map((row) => toPrimaryChange(row, this.#targetOf(row))) }
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
      return { local, rows, changes: error }
    }
  }

  #targetOf({ shape }: RowChange): ShapeTarget {
    const known = this.#targets.get(shape.id)
    if (known !== undefined) {
      if (known instanceof Conflict) throw known
      return known
    }
    try {
      const target = matchShape(shape, this.#tables.get(shape.table))
      this.#targets.set(shape.id, target)
      return target
    } catch (error) {
      if (error instanceof Conflict) this.#targets.set(shape.id, error)
      throw error
    }
  }
}

/** The place in the journal after which these begin. */
function startOf([first]: readonly LocalTransaction[]): number {
  return first === undefined ? 0 : endOf(first) - first.changes.length
}

/** The table that an error is about, as the server says: a name, and nothing of its rows. */
function tableIn(error: unknown): string | null {
  const { where } = error as { where?: unknown }
  const [, table = null] = typeof where === "string" ? (/in relation "([^"]+)"/.exec(where) ?? []) : []
  return table
}

async function hasMigration(client: Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    "select to_regclass(format('%I.kysely_migration', current_schema())) is not null as there",
  )
  if (rows[0]?.there !== true) return false
  return ((await client.query("select from kysely_migration where name = $1", [name])).rowCount ?? 0) > 0
}

/** Of those whose changes the primary does not have: dismissed ones too, but not those that were applied over others. */
async function tablesParked(client: Client, origins: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ table: string }>(
    `select distinct c."table" from understudy.parked_transaction t
      join understudy.parked_change c on c.transaction = t.id
      where t.origin = any($1) and t.state <> 'applied' order by 1`,
    [origins],
  )
  return rows.map(({ table }) => table)
}
