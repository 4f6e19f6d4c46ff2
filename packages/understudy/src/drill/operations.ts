import { randomUUID } from "node:crypto"
import type { Kysely } from "kysely"
import type { Tables } from "./tables.ts"

/** What a client wants done: one transaction. `key` and `other` mean what the kind says. */
export interface Operation {
  /** Written in the row that the operation makes. */
  readonly id: string
  readonly kind: Kind
  readonly key: string
  readonly other: string
  readonly amount: number
  /** How it goes to the database; a single statement can go by itself. */
  readonly way: "write" | "statement" | "key"
}

/** What became of an operation. */
export type Outcome =
  /** `value`: what the client was told, such as an id. */
  | { readonly kind: "ok"; readonly value: string | null }
  /** It is certain that nothing of it is there. `because`: why it had to be so. */
  | { readonly kind: "fail"; readonly why: string; readonly because?: Because }
  | { readonly kind: "unknown"; readonly why: string }

/**
 * Why an operation could not be done: a rule of the program or of its tables forbade it; its connection was lost while it was
 * under way; PostgreSQL, which answered, had no room left; the fallback had no copy of its table yet; the backend itself was
 * gone.
 */
export type Because = "rule" | "in-flight" | "no-room" | "no-copy" | "gone"

/** Not done, by the program's own rules; nothing is written. */
export class NotDone extends Error {
  override readonly name = "NotDone"
}

type Work = (db: Kysely<Tables>, operation: Operation) => Promise<string | null>

const note: Work = async (db, { id: op, key }) => {
  await db.insertInto("note").values({ id: randomUUID(), op, key }).execute()
  return null
}

const bump: Work = async (db, { id: op, key }) => {
  const { value } = await db
    .selectFrom("counter")
    .select("value")
    .where("key", "=", key)
    .forUpdate()
    .executeTakeFirstOrThrow()
  const seen = Number(value)
  await db
    .updateTable("counter")
    .set({ value: seen + 1 })
    .where("key", "=", key)
    .execute()
  await db.insertInto("bump").values({ id: randomUUID(), op, key, seen }).execute()
  return String(seen)
}

const transfer: Work = async (db, { id: op, key: giver, other: taker, amount }) => {
  // In the order of the keys, whoever gives: two transfers do not wait for each other.
  const steps = [
    { key: giver, by: -amount },
    { key: taker, by: amount },
  ].toSorted((a, b) => (a.key < b.key ? -1 : 1))
  for (const { key, by } of steps)
    await db
      .updateTable("account")
      .set((eb) => ({ balance: eb("balance", "+", by) }))
      .where("key", "=", key)
      .execute()
  await db.insertInto("transfer").values({ id: randomUUID(), op, giver, taker, amount }).execute()
  return null
}

/** The family's id is the operation's: members name it. */
const family: Work = async (db, { id }) => {
  await db.insertInto("family").values({ id, op: id }).execute()
  return null
}

const member: Work = async (db, { id: op, key }) => {
  await db.insertInto("member").values({ id: randomUUID(), op, family: key }).execute()
  return null
}

const removal: Work = async (db, { id: op, key }) => {
  const found = await db.selectFrom("family").select("op").where("id", "=", key).forUpdate().execute()
  if (found.length === 0) throw new NotDone("there is no such family")
  const members = await db.selectFrom("member").select("op").where("family", "=", key).execute()
  await db.deleteFrom("family").where("id", "=", key).execute()
  const gone = [...found, ...members].map((row) => row.op).join(" ")
  await db.insertInto("removal").values({ id: randomUUID(), op, family: key, gone }).execute()
  return null
}

const claim: Work = async (db, { id: op, key: name }) => {
  await db.insertInto("claim").values({ id: randomUUID(), op, name }).execute()
  return null
}

const release: Work = async (db, { id: op, key: name }) => {
  const [found] = await db.selectFrom("claim").selectAll().where("name", "=", name).forUpdate().execute()
  if (found === undefined) throw new NotDone("nobody has claimed it")
  await db.deleteFrom("claim").where("id", "=", found.id).execute()
  await db.insertInto("release").values({ id: randomUUID(), op, claimed: found.op }).execute()
  return null
}

const stamping: Work = async (db, { id: op, key }) => {
  await db
    .updateTable("stamped")
    .set((eb) => ({ value: eb("value", "+", 1) }))
    .where("key", "=", key)
    .execute()
  await db.insertInto("stamping").values({ id: randomUUID(), op, key }).execute()
  return null
}

const ticket: Work = async (db, { id: op }) => {
  const { id } = await db.insertInto("ticket").values({ op }).returning("id").executeTakeFirstOrThrow()
  return String(id)
}

/** A kind of operation. Each has a table of its name in which its row stands. */
export type Kind =
  "note" | "bump" | "transfer" | "family" | "member" | "removal" | "claim" | "release" | "stamping" | "ticket"

/** What each kind of operation does; all of it, or nothing. */
export const WORK: Readonly<Record<Kind, Work>> = {
  note,
  bump,
  transfer,
  family,
  member,
  removal,
  claim,
  release,
  stamping,
  ticket,
}
