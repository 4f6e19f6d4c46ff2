import { DatabaseSync } from "node:sqlite"
import type { LocalTransaction, MigrationRan, Origin, RowChange } from "../journal/local/contract.ts"
import { readOrigins } from "../journal/local/origins.ts"
import { migrationOf } from "../journal/local/pending.ts"
import { readTransactions } from "../journal/local/read-journal.ts"
import { findSeqRange } from "../journal/local/seq-range.ts"

/** How much a page has; the last transaction is whole nevertheless. */
export interface PageLimit {
  readonly changes: number
  /** Of the rows' images, as the journal keeps them. */
  readonly characters: number
}

/** What is done next of one origin: a migration, or transactions before one. */
export type Page =
  | { readonly kind: "migration"; readonly seq: number; readonly name: string }
  | { readonly kind: "transactions"; readonly transactions: readonly LocalTransaction[] }

/** The journal in a file, only read, and a page at a time. */
export class JournalPages implements Disposable {
  readonly #database: DatabaseSync

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
  }

  /** Those of which something may be left to hand back, the first first. */
  origins(): Origin[] {
    return readOrigins(this.#database).filter(({ returnedAt }) => returnedAt === null)
  }

  /** Those of which nothing is left. */
  returnedOrigins(): string[] {
    return readOrigins(this.#database)
      .filter(({ returnedAt }) => returnedAt !== null)
      .map(({ origin }) => origin)
  }

  /** The place of the last change. */
  lastSeq(): number {
    const row = this.#database.prepare("select max(seq) as last from understudy_change").get()
    return Number(row?.["last"] ?? 0)
  }

  /** The place of an origin's last change; 0 where it has none. */
  lastSeqOf({ id }: Origin): number {
    return findSeqRange(this.#database, id)?.last ?? 0
  }

  /** Whole transactions of an origin, after a place; undefined: there are no more. */
  read({ id }: Origin, afterSeq: number, limit: PageLimit): Page | undefined {
    const transactions = readTransactions(this.#database, {
      afterSeq,
      originId: id,
      limit: limit.changes,
      mostCharacters: limit.characters,
    })
    const [first] = transactions
    if (first === undefined) return undefined
    const migration = migrationIn(first)
    if (migration !== undefined) return { kind: "migration", seq: migration.seq, name: migration.name }
    const until = transactions.findIndex((transaction) => migrationIn(transaction) !== undefined)
    return {
      kind: "transactions",
      transactions: until === -1 ? transactions : transactions.slice(0, until),
    }
  }

  /** The migration that an origin stands for, if it does. */
  migrationOf(origin: Origin): string | undefined {
    return migrationOf(this.#database, origin)
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }
}

function migrationIn({ changes }: LocalTransaction): MigrationRan | undefined {
  return changes.find((change): change is MigrationRan => change.operation === "migration")
}

/** The changed rows of a transaction. */
export function rowChangesOf({ changes }: LocalTransaction): RowChange[] {
  return changes.filter((change): change is RowChange => change.operation !== "migration")
}

/** The place of a transaction's last change. */
export function endOf({ changes }: LocalTransaction): number {
  return changes.at(-1)?.seq ?? 0
}
