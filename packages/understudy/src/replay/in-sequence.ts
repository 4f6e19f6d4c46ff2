import type { Client, QueryResult } from "pg"
import type { ExpectedImages, RowOf } from "./expected-images.ts"
import {
  deleteRows,
  everyPlace,
  insertRows,
  lockRows,
  readRows,
  updateRows,
  type Statement,
} from "./guarded-statement.ts"
import type { NamedRow } from "./parked.ts"
import { changedPlaces, isInPlace, rowIdsOf, type PrimaryChange, type Texts } from "./primary-change.ts"
import { sizeOf } from "./row-chunks.ts"
import { NotAsExpected } from "./set-based.ts"

/** So many characters of rows go in one message, if one transaction alone has no more. */
const MOST_CHARACTERS = 1024 * 1024

/** A server says nothing before the message's end, and one that says nothing for long is taken for dead. Milliseconds. */
const PACE = { first: 4, most: 128, shortMs: 1_000, longMs: 5_000 } as const

/** How many changes go in one message: more where their triggers are quick. */
export class MessagePace {
  #changes: number = PACE.first

  get changes(): number {
    return this.#changes
  }

  /** The last one took so long. Milliseconds. */
  took(ms: number): void {
    if (ms < PACE.shortMs) this.#changes = Math.min(PACE.most, this.#changes * 2)
    if (ms > PACE.longMs) this.#changes = Math.max(1, this.#changes >>> 1)
  }
}

/** Can a change be applied by one statement, whose count tells whether its row was as expected? */
export function isOneStatement(change: PrimaryChange): boolean {
  const { target, before, after } = change
  if (!isInPlace(change) || (before === null && target.table.arbiter === "none")) return false
  // Its triggers would keep the whole message with each row.
  if (target.table.asksQuery) return false
  // A message ends with the first NUL; PostgreSQL has none in its texts, and says so to who asks it alone.
  return ![...(before ?? []), ...(after ?? [])].some((text) => text?.includes("\0"))
}

/**
 * Cuts transactions into runs that go in one message each, in their order; each as long as the pace has it when it is asked
 * for. No row whose triggers may have made another of it is changed by two transactions of a run, nor twice by one but alone:
 * what is expected of it the second time is known only then.
 */
export function* runsOf<T>(
  transactions: readonly T[],
  changesOf: (transaction: T) => readonly PrimaryChange[],
  pace: MessagePace,
): Generator<readonly T[]> {
  let run: T[] = []
  let [changes, characters] = [0, 0]
  let rows = new Set<string>()
  for (const transaction of transactions) {
    const own = changesOf(transaction)
    const size = own.reduce((sum, { before, after }) => sum + sizeOf(before) + sizeOf(after), 0)
    const ids = own.filter(({ target }) => target.table.hasTriggers).flatMap(rowIdsOf)
    const isFull = changes + own.length > pace.changes || characters + size > MOST_CHARACTERS
    if (run.length > 0 && (isFull || ids.some((id) => rows.has(id)))) {
      yield run
      run = []
      changes = characters = 0
      rows = new Set()
    }
    run.push(transaction)
    changes += own.length
    characters += size
    for (const id of ids) rows.add(id)
  }
  if (run.length > 0) yield run
}

/** Does one transaction change a row twice of which triggers may make another? */
export function comesBack(changes: readonly PrimaryChange[]): boolean {
  const ids = changes.filter(({ target }) => target.table.hasTriggers).flatMap(rowIdsOf)
  return new Set(ids).size < ids.length
}

/** A statement on its way, and what is to be seen of its answer. */
interface Sent {
  readonly text: string
  look?(answer: QueryResult): void
}

/**
 * Applies transactions one after the other, change after change, as each by itself would be, in one message: what triggers
 * find and do is the same, but for the statement's own text and time. To be called within a savepoint of the client's
 * transaction.
 *
 * @throws NotAsExpected or the server's error, where one of them may be a conflict.
 */
export async function applyInSequence(
  client: Client,
  transactions: readonly (readonly PrimaryChange[])[],
  expected: ExpectedImages | null,
): Promise<void> {
  const was = await rowsBefore(transactions.flat(), expected)
  const made: Made[] = []
  const sent: Sent[] = []
  const send = (statement: Statement, look: (answer: QueryResult) => void): void =>
    void sent.push({ text: statement.whole((value) => client.escapeLiteral(value)), look })
  for (const changes of transactions) {
    sent.push({ text: "set constraints all deferred" })
    for (const change of changes) {
      send(statementOf(change, was.get(change) ?? null), expectOne)
      const { target, before, after } = change
      if (expected?.isExpected(target) !== true) continue
      // At once, as what the triggers of the next one do to the row is not what was made of it.
      if (after !== null)
        send(readRows(target, [after]), ({ rows: [there] }) =>
          made.push({ target, row: after, image: imageIn(there) }),
        )
      else if (before !== null) made.push({ target, row: before, image: null })
    }
    sent.push({ text: "set constraints all immediate" })
  }
  // Of several statements there are several answers, of which the driver's types do not know.
  const answers = (await client.query(sent.map(({ text }) => text).join(";\n"))) as unknown as QueryResult[]
  if (answers.length !== sent.length) throw new NotAsExpected()
  for (const [place, answer] of answers.entries()) sent[place]?.look?.(answer)
  await expected?.setAll(made)
}

/** A row that was handed back, and what the primary has instead; null: the same, or none. */
type Made = RowOf & { readonly image: NamedRow | null }

function imageIn(there: unknown): NamedRow | null {
  if (there === undefined) return null
  const { same, image } = there as { readonly same: boolean; readonly image: NamedRow }
  return same ? null : image
}

function expectOne({ rowCount }: QueryResult): void {
  if (rowCount !== 1) throw new NotAsExpected()
}

/** What each change expects to find. */
async function rowsBefore(
  changes: readonly PrimaryChange[],
  expected: ExpectedImages | null,
): Promise<ReadonlyMap<PrimaryChange, Texts>> {
  const rows = changes.flatMap((change) =>
    change.before === null ? [] : [{ change, target: change.target, row: change.before }],
  )
  const found = (await expected?.findAll(rows)) ?? []
  return new Map(rows.map(({ change, row }, index) => [change, found[index] ?? row]))
}

function statementOf(change: PrimaryChange, was: Texts | null): Statement {
  const { target, after } = change
  if (was === null) return insertRows(target, after === null ? [] : [after])
  if (after === null) return deleteRows(target, [was])
  const written = changedPlaces(change)
  // What changes nothing was acknowledged of its row nevertheless.
  if (written.length === 0) return lockRows(target, [was])
  return updateRows(target, [was], [after], { written, guarded: everyPlace(target) })
}
