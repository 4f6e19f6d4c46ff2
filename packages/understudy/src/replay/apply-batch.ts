import type { Client } from "pg"
import type { LocalTransaction, RowChange } from "../journal/local/contract.ts"
import { Conflict, CONNECTION_FAILURE, conflictOf, refusalOf } from "./conflict.ts"
import { applyExactly, EXACT_SAVEPOINT, type ExactOptions, type Overwritten } from "./exact-transaction.ts"
import { applyInSequence, comesBack, isOneStatement, runsOf, type MessagePace } from "./in-sequence.ts"
import { isSettable, netChanges } from "./net-changes.ts"
import { beginParking, describeChange, park, parkChanges, readTheirs, sizeOfChange } from "./park.ts"
import { touchedIds, type ParkedRows } from "./parked-rows.ts"
import { givenIdsOf, parentIdsOf, rowIdsOf, type PrimaryChange } from "./primary-change.ts"
import { chunksOf } from "./row-chunks.ts"
import { applySets, NotAsExpected } from "./set-based.ts"

/** A local transaction on its way. */
export interface Prepared {
  readonly local: LocalTransaction
  readonly rows: readonly RowChange[]
  /** Why it cannot be handed back at all, or its changes. */
  readonly changes: readonly PrimaryChange[] | Conflict
}

/** What a batch came to. */
export interface BatchCounts {
  transactions: number
  changes: number
  parked: number
}

/** What a batch works with. */
export interface BatchOptions extends ExactOptions {
  readonly pace: MessagePace
}

/** So few transactions, of so few changes, go one after the other: to find the one that is a conflict would take as long. */
const FEW = { transactions: 8, changes: 64 }

/** Applies local transactions in their order, in one transaction of the client's; parks what cannot be applied. */
export class Batch {
  readonly #counts: BatchCounts
  readonly #client: Client
  readonly #options: BatchOptions
  readonly #parked: ParkedRows

  /** @param counts Is added to. */
  constructor(options: BatchOptions, parked: ParkedRows, counts: BatchCounts) {
    this.#counts = counts
    this.#client = options.client
    this.#options = options
    this.#parked = parked
  }

  async apply(transactions: readonly Prepared[]): Promise<void> {
    for (const { way, list } of byWay(transactions)) {
      if (way === "set") await this.#together(list)
      else if (way === "sequence")
        for (const run of runsOf(list, changesOf, this.#options.pace)) await this.#inSequence(run)
      else for (const prepared of list) await this.#alone(prepared)
    }
  }

  /** Applies them one after the other, in one message; where one is a conflict, each half by itself. */
  async #inSequence(transactions: readonly Prepared[]): Promise<void> {
    const isFree = transactions.every((prepared) => this.#dependencies(prepared).length === 0)
    const changes = transactions.map(changesOf)
    const { expected, pace } = this.#options
    const apply = async (): Promise<void> => {
      const beganMs = performance.now()
      await applyInSequence(this.#client, changes, expected)
      pace.took(performance.now() - beganMs)
    }
    if (transactions.length > 1 && isFree && (await this.#attempt(transactions, apply))) return
    const [first] = transactions
    if (transactions.length <= 1) {
      if (first !== undefined) await this.#alone(first)
      return
    }
    const middle = transactions.length >>> 1
    await this.#inSequence(transactions.slice(0, middle))
    await this.#inSequence(transactions.slice(middle))
  }

  /** Applies them as one set; where one is a conflict, each half by itself. */
  async #together(transactions: readonly Prepared[]): Promise<void> {
    if (areFew(transactions)) {
      for (const prepared of transactions) await this.#alone(prepared)
      return
    }
    const [dependent, free] = this.#split(transactions)
    if (await this.#set(free)) {
      for (const prepared of dependent) await this.#alone(prepared)
      return
    }
    const [first] = transactions
    if (transactions.length === 1 && first !== undefined) return this.#alone(first)
    const middle = transactions.length >>> 1
    await this.#together(transactions.slice(0, middle))
    await this.#together(transactions.slice(middle))
  }

  /** Those that touch what a parked transaction touched, be it one of themselves, and the others. */
  #split(transactions: readonly Prepared[]): [dependent: Prepared[], free: Prepared[]] {
    if (this.#parked.isEmpty) return [[], [...transactions]]
    const dependent: Prepared[] = []
    const free: Prepared[] = []
    const rows = new Set<string>()
    for (const prepared of transactions) {
      if (needsOf(prepared).some((id) => rows.has(id) || this.#parked.find(id) !== undefined)) {
        dependent.push(prepared)
        for (const change of changesOf(prepared))
          for (const id of [...rowIdsOf(change), ...givenIdsOf(change)]) rows.add(id)
      } else free.push(prepared)
    }
    return [dependent, free]
  }

  async #set(transactions: readonly Prepared[]): Promise<boolean> {
    const tables = netChanges(transactions.flatMap((prepared) => changesOf(prepared)))
    return tables !== undefined && this.#attempt(transactions, () => applySets(this.#client, tables))
  }

  /** False where one of them may be a conflict: nothing of it is there then. */
  async #attempt(transactions: readonly Prepared[], work: () => Promise<void>): Promise<boolean> {
    await this.#client.query("savepoint understudy_set")
    try {
      await work()
    } catch (error) {
      const meaning = error instanceof NotAsExpected ? "conflict" : refusalOf(error)
      // Of one alone nothing can be left out: it may take its time, row by row.
      if (meaning !== "conflict" && !(meaning === "slow" && transactions.length === 1)) throw error
      await this.#client.query("rollback to savepoint understudy_set")
      return false
    }
    await this.#client.query("release savepoint understudy_set")
    this.#counts.transactions += transactions.length
    this.#counts.changes += transactions.reduce((sum, prepared) => sum + changesOf(prepared).length, 0)
    return true
  }

  async #alone(prepared: Prepared): Promise<void> {
    const dependsOn = this.#dependencies(prepared)
    if (dependsOn.length > 0) {
      const table = prepared.rows[0]?.shape.table ?? null
      return this.park(prepared, new Conflict("depends-on", table), dependsOn)
    }
    if (prepared.changes instanceof Conflict) return this.park(prepared, prepared.changes)
    let overwritten: readonly Overwritten[]
    try {
      overwritten = await applyExactly(prepared.changes, this.#options)
    } catch (error) {
      if (refusalOf(error) !== "conflict") throw error
      await this.#client.query(`rollback to savepoint ${EXACT_SAVEPOINT}`)
      return this.park(prepared, conflictOf(error, undefined))
    }
    await this.#keepOverwritten(prepared, overwritten)
    this.#counts.transactions += 1
    this.#counts.changes += prepared.changes.length
  }

  #dependencies(prepared: Prepared): string[] {
    if (this.#parked.isEmpty) return []
    return [...new Set(needsOf(prepared).flatMap((id) => this.#parked.find(id) ?? []))]
  }

  /** Keeps a whole transaction for a person. */
  async park(prepared: Prepared, conflict: Conflict, dependsOn: readonly string[] = []): Promise<void> {
    const { origin, unit, at } = prepared.local
    const client = this.#client
    const id = await beginParking(client, { origin, unit, at, conflict, dependsOn, state: "open" })
    for (const { from, to } of chunksOf(prepared.rows.map(sizeOfChange))) {
      // To read them may be what costs the connection.
      const isReadable = conflict.detail !== CONNECTION_FAILURE
      const theirs = isReadable ? await readTheirs(client, changesOf(prepared).slice(from, to)) : []
      const changes = prepared.rows.slice(from, to).map((row, index) => describeChange(row, theirs[index]))
      await parkChanges(client, id, from, changes)
      this.#parked.add(changes, id)
    }
    this.#counts.parked += 1
  }

  async #keepOverwritten(prepared: Prepared, overwritten: readonly Overwritten[]): Promise<void> {
    const [first] = overwritten
    if (first === undefined) return
    const kept = overwritten.flatMap(({ change, theirs }) => {
      const row = prepared.rows.find(({ seq }) => seq === change.seq)
      return row === undefined ? [] : [describeChange(row, theirs)]
    })
    const { origin, unit, at } = prepared.local
    const conflict = new Conflict(first.reason, first.change.target.table.name)
    await park(this.#client, { origin, unit, at, conflict, dependsOn: [], state: "applied" }, kept)
  }
}

function changesOf({ changes }: Prepared): readonly PrimaryChange[] {
  return changes instanceof Conflict ? [] : changes
}

function areFew(transactions: readonly Prepared[]): boolean {
  if (transactions.length > FEW.transactions) return false
  return transactions.reduce((sum, { rows }) => sum + rows.length, 0) <= FEW.changes
}

type Way = "set" | "sequence" | "alone"

function wayOf({ changes }: Prepared): Way {
  if (changes instanceof Conflict) return "alone"
  if (changes.every(isSettable)) return "set"
  return changes.every(isOneStatement) && !comesBack(changes) ? "sequence" : "alone"
}

interface Group {
  readonly way: Way
  readonly list: readonly Prepared[]
}

/** Those that follow each other and go the same way, together. A few that could be a set go along with a sequence. */
function byWay(transactions: readonly Prepared[]): readonly Group[] {
  const groups = transactions.map((prepared): Group => ({ way: wayOf(prepared), list: [prepared] }))
  return joined(
    joined(groups).map((group) => (isBestInSequence(group) ? { ...group, way: "sequence" } : group)),
  )
}

function isBestInSequence({ way, list }: Group): boolean {
  return way === "set" && areFew(list) && list.every((prepared) => changesOf(prepared).every(isOneStatement))
}

function joined(groups: readonly Group[]): readonly Group[] {
  const joint: { way: Way; list: Prepared[] }[] = []
  for (const { way, list } of groups) {
    const last = joint.at(-1)
    if (last?.way === way) last.list.push(...list)
    else joint.push({ way, list: [...list] })
  }
  return joint
}

/** Its rows, and the keys to which they refer: it waits for who touched the ones or made the others. */
function needsOf(prepared: Prepared): string[] {
  if (prepared.changes instanceof Conflict)
    return prepared.rows.flatMap((row) => touchedIds(describeChange(row, undefined)))
  return prepared.changes.flatMap((change) => [...rowIdsOf(change), ...parentIdsOf(change)])
}
