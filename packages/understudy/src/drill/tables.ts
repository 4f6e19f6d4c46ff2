import { sql, type Generated, type Kysely } from "kysely"
import type { Migration } from "kysely/migration"
import type { Columns } from "./compare.ts"

/**
 * The drill's tables. `op` is the id of the operation that has made the row, and each operation makes exactly one row
 * with its id: so it can be told of each whether it is there, and how often.
 */
export interface Tables {
  /** Unique inserts. */
  note: { id: string; op: string; key: string }
  /** Read, then written: `bump` has a row for each time. */
  counter: { key: string; value: number }
  bump: { id: string; op: string; key: string; seen: number }
  /** What all accounts have together never changes; `transfer` has a row for each that took place. */
  account: { key: string; balance: number }
  transfer: { id: string; op: string; giver: string; taker: string; amount: number }
  /** Members go with their family; `removal` tells which ones its writer has seen go. */
  family: { id: string; op: string }
  member: { id: string; op: string; family: string }
  removal: { id: string; op: string; family: string; gone: string }
  /** Each name has one holder at most; `release` tells whose claim it has ended. */
  claim: { id: string; op: string; name: string }
  release: { id: string; op: string; claimed: string }
  /** The primary's own trigger changes it with each update; `stamping` has a row for each. */
  stamped: { key: string; value: number; revision: number; updated_at: string | null }
  stamping: { id: string; op: string; key: string }
  /** The database gives the id. */
  ticket: { id: Generated<number>; op: string }
}

/** What holds the rows of operations. */
export const MARKED: readonly (keyof Tables)[] = [
  "note",
  "bump",
  "transfer",
  "family",
  "member",
  "removal",
  "claim",
  "release",
  "stamping",
  "ticket",
]

/** Makes the tables. */
export const createTables: Migration = {
  async up(db: Kysely<unknown>) {
    const { schema } = db
    const marked = (name: string) =>
      schema
        .createTable(name)
        .addColumn("id", "uuid", (column) => column.primaryKey())
        .addColumn("op", "text", (column) => column.notNull())
    const keyed = (name: string) =>
      schema.createTable(name).addColumn("key", "text", (column) => column.primaryKey())
    await marked("note")
      .addColumn("key", "text", (column) => column.notNull())
      .execute()
    await keyed("counter")
      .addColumn("value", "int8", (column) => column.notNull())
      .execute()
    await marked("bump")
      .addColumn("key", "text", (column) => column.notNull().references("counter.key"))
      .addColumn("seen", "int8", (column) => column.notNull())
      .execute()
    await keyed("account")
      .addColumn("balance", "int8", (column) => column.notNull())
      .execute()
    await marked("transfer")
      .addColumn("giver", "text", (column) => column.notNull().references("account.key"))
      .addColumn("taker", "text", (column) => column.notNull().references("account.key"))
      .addColumn("amount", "int8", (column) => column.notNull())
      .execute()
    await marked("family").execute()
    await marked("member")
      .addColumn("family", "uuid", (column) => column.notNull().references("family.id").onDelete("cascade"))
      .execute()
    await marked("removal")
      .addColumn("family", "uuid", (column) => column.notNull())
      .addColumn("gone", "text", (column) => column.notNull())
      .execute()
    await marked("claim")
      .addColumn("name", "text", (column) => column.notNull().unique())
      .execute()
    await marked("release")
      .addColumn("claimed", "text", (column) => column.notNull())
      .execute()
    await keyed("stamped")
      .addColumn("value", "int8", (column) => column.notNull())
      .addColumn("revision", "int8", (column) => column.notNull().defaultTo(0))
      .addColumn("updated_at", "timestamptz")
      .execute()
    await marked("stamping")
      .addColumn("key", "text", (column) => column.notNull().references("stamped.key"))
      .execute()
    await schema
      .createTable("ticket")
      .addColumn("id", "int8", (column) => column.generatedAlwaysAsIdentity().primaryKey())
      .addColumn("op", "text", (column) => column.notNull())
      .execute()
  },
}

/** Keys over which everybody meets. */
const KEYS = 12
export const FIRST_BALANCE: number = 1_000
/** The keys that the backend's clients use, and that others use as well now and then. */
export const SHARED_KEYS: readonly string[] = Array.from({ length: KEYS }, (_, index) => `shared ${index}`)
/** Those that only others use, who write to the primary by themselves. */
export const OTHERS_KEYS: readonly string[] = Array.from({ length: KEYS }, (_, index) => `others ${index}`)

/** What all accounts have together, at every moment; as the driver reads it. */
export const WEALTH: string = String(FIRST_BALANCE * (SHARED_KEYS.length + OTHERS_KEYS.length))

/** What is run on the primary once the program has made its tables. */
export async function prepare(db: Kysely<Tables>): Promise<void> {
  const keys = [...SHARED_KEYS, ...OTHERS_KEYS]
  await db
    .insertInto("counter")
    .values(keys.map((key) => ({ key, value: 0 })))
    .execute()
  await db
    .insertInto("account")
    .values(keys.map((key) => ({ key, balance: FIRST_BALANCE })))
    .execute()
  await db
    .insertInto("stamped")
    .values(keys.map((key) => ({ key, value: 0, revision: 0, updated_at: null })))
    .execute()
  await sql`
    create function stamp() returns trigger language plpgsql as $$
    begin
      new.revision := old.revision + 1;
      new.updated_at := clock_timestamp();
      return new;
    end $$`.execute(db)
  await sql`create trigger stamp before update on stamped for each row execute function stamp()`.execute(db)
}

/** How the copy is compared with the primary. */
export const COLUMNS: Columns = {
  note: { id: "text", op: "text", key: "text" },
  counter: { key: "text", value: "whole" },
  bump: { id: "text", op: "text", key: "text", seen: "whole" },
  account: { key: "text", balance: "whole" },
  transfer: { id: "text", op: "text", giver: "text", taker: "text", amount: "whole" },
  family: { id: "text", op: "text" },
  member: { id: "text", op: "text", family: "text" },
  removal: { id: "text", op: "text", family: "text", gone: "text" },
  claim: { id: "text", op: "text", name: "text" },
  release: { id: "text", op: "text", claimed: "text" },
  stamped: { key: "text", value: "whole", revision: "whole", updated_at: "timestamptz" },
  stamping: { id: "text", op: "text", key: "text" },
  ticket: { id: "whole", op: "text" },
}
