import type { Client } from "pg"
import { policyOf, type ConflictPolicies } from "./conflict-policies.ts"
import { Conflict, conflictOf, refusalOf } from "./conflict.ts"
import type { ExpectedImages } from "./expected-images.ts"
import {
  deleteRows,
  everyPlace,
  findRows,
  insertRows,
  lockRows,
  readRows,
  updateRows,
  type Statement,
} from "./guarded-statement.ts"
import type { NamedRow } from "./parked.ts"
import { listOwnChildren } from "./own-children.ts"
import {
  changedPlaces,
  changesKey,
  keyOf,
  mayCascade,
  rowId,
  rowIdsOf,
  type PrimaryChange,
  type Texts,
} from "./primary-change.ts"
import type { Target } from "./target-table.ts"

/** A change that won over somebody else's row. */
export interface Overwritten {
  readonly change: PrimaryChange
  readonly reason: Conflict["reason"]
  /** The row that was there; null: none. */
  readonly theirs: NamedRow | null
}

/** What an exact transaction works with. */
export interface ExactOptions {
  readonly client: Client
  readonly policies: ConflictPolicies
  /** Null where nothing but what the fallback had is expected. */
  readonly expected: ExpectedImages | null
}

const FOREIGN_KEY = "23503"

/** Where {@link applyExactly} began, when it has failed. */
export const EXACT_SAVEPOINT = "understudy_exact"

/**
 * Applies one local transaction, change after change, within a transaction of the client's. Throws a Conflict or the
 * server's error; the caller rolls back then, all of it or to {@link EXACT_SAVEPOINT}.
 */
export async function applyExactly(
  changes: readonly PrimaryChange[],
  options: ExactOptions,
): Promise<readonly Overwritten[]> {
  const { client } = options
  await client.query(`savepoint ${EXACT_SAVEPOINT}; set constraints all deferred`)
  try {
    return await new ExactTransaction(options, false).run(changes)
  } catch (error) {
    if (!(error instanceof TooEarly)) throw error
  }
  await client.query(`rollback to savepoint ${EXACT_SAVEPOINT}; set constraints all deferred`)
  return new ExactTransaction(options, true).run(changes)
}

/** A foreign key refused what may be right at the end of the transaction. */
class TooEarly extends Error {
  override readonly name = "TooEarly"
}

class ExactTransaction {
  readonly #options: ExactOptions
  readonly #client: Client
  /** Is each change undone by itself where it comes too early? */
  readonly #isCareful: boolean
  readonly #overwritten: Overwritten[] = []
  /** Rows that PostgreSQL itself has deleted or changed because of this transaction. */
  readonly #cascaded = new Set<string>()

  constructor(options: ExactOptions, isCareful: boolean) {
    this.#options = options
    this.#client = options.client
    this.#isCareful = isCareful
  }

  async run(changes: readonly PrimaryChange[]): Promise<readonly Overwritten[]> {
    let waiting = changes
    while (waiting.length > 0) {
      const early = await this.#pass(waiting)
      if (early.length === waiting.length)
        throw new Conflict("foreign-key", early[0]?.target.table.name ?? null)
      waiting = early
    }
    await this.#client.query(`set constraints all immediate; release savepoint ${EXACT_SAVEPOINT}`)
    return this.#overwritten
  }

  /** Attempts each; gives those that came too early. What follows a change of the same row waits with it. */
  async #pass(changes: readonly PrimaryChange[]): Promise<readonly PrimaryChange[]> {
    let early: PrimaryChange[] = []
    /** The rows of those. */
    let waiting = new Set<string>()
    for (const [index, change] of changes.entries()) {
      const ids = rowIdsOf(change)
      const hasToWait = ids.some((id) => waiting.has(id))
      const cascades = mayCascade(change)
      // A copy for each of many changes would take longer than they do.
      const rest = cascades ? [...early, ...changes.slice(index + 1)] : []
      if (hasToWait || !(await this.#attempt(change, rest))) {
        early.push(change)
        for (const id of ids) waiting.add(id)
      } else if (early.length > 0 && cascades) {
        early = await this.#withoutDone(early)
        waiting = new Set(early.flatMap(rowIdsOf))
      }
    }
    return early
  }

  /** Leaves out what PostgreSQL itself has done by now: of each row the first change that waits. */
  async #withoutDone(early: readonly PrimaryChange[]): Promise<PrimaryChange[]> {
    const left: PrimaryChange[] = []
    const rows = new Set<string>()
    for (const change of early) {
      const ids = rowIdsOf(change)
      const isFirst = !ids.some((id) => rows.has(id))
      for (const id of ids) rows.add(id)
      const isDone =
        isFirst && change.before !== null && (await this.#isCascaded(change, change.before, change.after))
      if (!isDone) left.push(change)
    }
    return left
  }

  /** False where it came too early. `rest`: what of the transaction is not done yet, where the change may cascade. */
  async #attempt(change: PrimaryChange, rest: readonly PrimaryChange[]): Promise<boolean> {
    if (this.#isCareful) await this.#client.query("savepoint understudy_change")
    try {
      await this.#apply(change, rest)
      if (this.#isCareful) await this.#client.query("release savepoint understudy_change")
      return true
    } catch (error) {
      const isEarly = (error as { code?: unknown }).code === FOREIGN_KEY
      if (isEarly && !this.#isCareful) throw new TooEarly()
      if (!isEarly) throw refusalOf(error) === "conflict" ? conflictOf(error, change) : error
      await this.#client.query("rollback to savepoint understudy_change")
      return false
    }
  }

  async #apply(change: PrimaryChange, rest: readonly PrimaryChange[]): Promise<void> {
    const { target, operation, before, after } = change
    if (before === null) {
      if (after !== null) await this.#insert(change, after)
    } else {
      const was = (await this.#options.expected?.find(target, before)) ?? before
      if (mayCascade(change)) await this.#lookAtChildren(change, rest)
      if (operation === "delete" || after === null) await this.#delete(change, was)
      else await this.#update(change, was, after)
    }
    await this.#noteWhatIsThere(change)
  }

  /** The parent is locked first, so that nobody adds a child any more. */
  async #lookAtChildren(change: PrimaryChange, rest: readonly PrimaryChange[]): Promise<void> {
    await this.#run(lockRows(change.target, rowOf(change.before), change.target.key))
    for (const id of await listOwnChildren(this.#client, change, rest)) this.#cascaded.add(id)
  }

  async #insert(change: PrimaryChange, after: Texts): Promise<void> {
    const { target } = change
    // Else it is the insert that is refused, and a row of this key cannot be told from another value that is taken.
    const isTaken = target.table.arbiter === "none" && (await this.#run(findRows(target, [after]))) > 0
    if (!isTaken && (await this.#run(insertRows(target, [after]))) === 1) return
    if ((await this.#run(findRows(target, [after]))) === 0)
      throw new Conflict(target.table.hasTriggers ? "refused" : "unique", target.table.name)
    if (!this.#oursWins(change)) throw new Conflict("key-taken", target.table.name)
    await this.#keepTheirs(change, "key-taken", after)
    await this.#overwrite(target, after, after)
  }

  async #update(change: PrimaryChange, was: Texts, after: Texts): Promise<void> {
    const { target } = change
    const written = changedPlaces(change)
    const isMerged = policyOf(this.#options.policies, target.table.name) === "columns"
    const guarded = isMerged ? written : everyPlace(target)
    // What changes nothing was acknowledged of this row nevertheless.
    const count =
      written.length === 0
        ? await this.#run(lockRows(target, [was], guarded))
        : written.some((place) => target.columns[place]?.isAlwaysIdentity === true)
          ? await this.#exchange(change, was, after)
          : await this.#run(updateRows(target, [was], [after], { written, guarded }))
    if (count === 1 || (await this.#isCascaded(change, was, after))) return
    const reason = await this.#mismatch(target, was)
    if (!this.#oursWins(change)) throw new Conflict(reason, target.table.name)
    await this.#keepTheirs(change, reason, was)
    if (reason === "row-missing") {
      if ((await this.#run(insertRows(target, [after]))) !== 1)
        throw new Conflict("unique", target.table.name)
    } else await this.#overwrite(target, was, after)
  }

  /** PostgreSQL updates no GENERATED ALWAYS identity: the row goes and comes, where nothing hangs on it. */
  async #exchange({ target }: PrimaryChange, was: Texts, after: Texts): Promise<number> {
    if (target.table.referencedBy.length > 0) throw new Conflict("refused", target.table.name, "428C9")
    if ((await this.#run(deleteRows(target, [was]))) !== 1) return 0
    if ((await this.#run(insertRows(target, [after]))) !== 1)
      throw new Conflict("key-taken", target.table.name)
    return 1
  }

  async #delete(change: PrimaryChange, was: Texts): Promise<void> {
    const { target } = change
    if ((await this.#run(deleteRows(target, [was]))) === 1) return
    if (await this.#isCascaded(change, was, null)) return
    const reason = await this.#mismatch(target, was)
    if (!this.#oursWins(change)) throw new Conflict(reason, target.table.name)
    await this.#keepTheirs(change, reason, was)
    await this.#run(deleteRows(target, [was], []))
  }

  /** Has PostgreSQL itself done already what this change would do, because of a change before it? */
  async #isCascaded({ target }: PrimaryChange, was: Texts, after: Texts | null): Promise<boolean> {
    if (!this.#cascaded.has(rowId(target.table.name, keyOf(target, was)))) return false
    if (after === null) return (await this.#run(findRows(target, [was]))) === 0
    return (await this.#run(lockRows(target, [after]))) === 1
  }

  async #mismatch(target: Target, was: Texts): Promise<"row-missing" | "row-changed"> {
    return (await this.#run(findRows(target, [was]))) === 0 ? "row-missing" : "row-changed"
  }

  #oursWins({ target }: PrimaryChange): boolean {
    return policyOf(this.#options.policies, target.table.name) === "fallback"
  }

  /** Writes all of our row over theirs, but an identity that is what it was. */
  async #overwrite(target: Target, was: Texts, after: Texts): Promise<void> {
    const written = everyPlace(target).filter(
      (place) => !(target.columns[place]?.isAlwaysIdentity === true && was[place] === after[place]),
    )
    if (written.length > 0) await this.#run(updateRows(target, [was], [after], { written, guarded: [] }))
  }

  async #keepTheirs(change: PrimaryChange, reason: Conflict["reason"], row: Texts): Promise<void> {
    const theirs = await this.#read(change.target, row)
    this.#overwritten.push({ change, reason, theirs: theirs?.image ?? null })
  }

  /** The primary's own triggers may have made another row of it. */
  async #noteWhatIsThere(change: PrimaryChange): Promise<void> {
    const { target, before, after } = change
    const { expected } = this.#options
    if (expected === null || !expected.isExpected(target)) return
    if (before !== null && (after === null || changesKey(change))) await expected.set(target, before, null)
    if (after === null) return
    const there = await this.#read(target, after)
    await expected.set(target, after, there === undefined || there.same ? null : there.image)
  }

  async #read(
    target: Target,
    row: Texts,
  ): Promise<{ readonly image: NamedRow; readonly same: boolean } | undefined> {
    const { text, values } = readRows(target, [row])
    const { rows } = await this.#client.query<{ image: string; same: boolean }>(text, [...values])
    const [found] = rows
    if (found === undefined) return undefined
    return { same: found.same, image: found.image as unknown as NamedRow }
  }

  async #run({ text, values }: Statement): Promise<number> {
    return (await this.#client.query(text, [...values])).rowCount ?? 0
  }
}

function rowOf(row: Texts | null): readonly Texts[] {
  return row === null ? [] : [row]
}
