import type { QueryCase } from "./query-cases.ts"
import type { Session } from "../../src/session/session.ts"
import type { Tables } from "./tables.ts"

interface Document {
  a: string
  n: number
  f: number
  yes: boolean
  none: null
  list: (string | { x: number })[]
  deep: { b: { c: string } }
  $odd: string
  "it's": string
}

const TEXT = `{"a":"x\\"y","n":1,"f":1.50,"yes":true,"none":null,"list":["p",{"x":2},"q"],"deep":{"bb":1,"b":{"c":"z"}},"$odd":"d","it's":"e"}`

/** The two documents, typed, so that Kysely can walk them. */
interface Typed extends Omit<Tables, "every"> {
  every: { id: number; doc: Document; docb: Document }
}

function documents(name: string, run: (db: Session<Typed>) => Promise<unknown>): QueryCase {
  return {
    name,
    run: async (db) => {
      await db
        .insertInto("every")
        .values({ doc: TEXT as never, docb: TEXT as never })
        .execute()
      return run(db as unknown as Session<Typed>)
    },
  }
}

const KEYS = ["a", "n", "f", "yes", "none", "$odd", "it's"] as const

export const JSON_CASES: readonly QueryCase[] = [
  ...(["doc", "docb"] as const).flatMap((column) => [
    ...KEYS.flatMap((key) => [
      documents(`${column} -> ${key}`, (db) =>
        db
          .selectFrom("every")
          .select((eb) => eb.ref(column, "->").key(key).as("x"))
          .execute(),
      ),
      documents(`${column} ->> ${key}`, (db) =>
        db
          .selectFrom("every")
          .select((eb) => eb.ref(column, "->>").key(key).as("x"))
          .execute(),
      ),
    ]),
    documents(`${column} by keys and places`, (db) =>
      db
        .selectFrom("every")
        .select((eb) => [
          eb.ref(column, "->").key("deep").key("b").key("c").as("json"),
          eb.ref(column, "->>").key("deep").key("b").key("c").as("text"),
          eb.ref(column, "->").key("list").at(1).as("second"),
          eb.ref(column, "->>").key("list").at(0).as("first"),
          eb.ref(column, "->>").key("list").at(9).as("none"),
          eb.ref(column, "->").key("list").as("list"),
        ])
        .execute(),
    ),
    documents(`rows found by ${column} ->>`, (db) =>
      db
        .selectFrom("every")
        .select("id")
        .where((eb) => eb.ref(column, "->>").key("yes") as never, "=", "true" as never)
        .orderBy((eb) => eb.ref(column, "->>").key("n"))
        .execute(),
    ),
    documents(`${column} ->> cast`, (db) =>
      db
        .selectFrom("every")
        .select((eb) => [
          eb.cast<number>(eb.ref(column, "->>").key("n"), "integer").as("n"),
          eb.cast<boolean>(eb.ref(column, "->>").key("yes"), "boolean").as("yes"),
          eb.cast<string>(eb.ref(column, "->>").key("f"), "numeric").as("f"),
        ])
        .execute(),
    ),
    documents(`${column} of no document`, async (db) => {
      await db
        .updateTable("every")
        .set({ [column]: null } as never)
        .execute()
      return db
        .selectFrom("every")
        .select((eb) => [eb.ref(column, "->").key("a").as("x"), eb.ref(column, "->>").key("a").as("y")])
        .execute()
    }),
  ]),
  documents("a jsonb object as text", (db) =>
    db
      .selectFrom("every")
      .select((eb) => [
        eb.ref("docb", "->>").key("deep").as("deep"),
        eb.ref("docb", "->>").key("list").as("list"),
      ])
      .execute(),
  ),
  documents("jsonb = knows neither order nor spaces nor zeros", async (db) => {
    await db
      .updateTable("every")
      .set({ docb: '{"b": 1.0, "a": [1, 2]}' as never })
      .execute()
    const equal = (text: string) =>
      db
        .selectFrom("every")
        .select("id")
        .where("docb", "=", text as never)
        .execute()
    return [
      await equal('{"a":[1,2],"b":1}'),
      await equal('{"a":[2,1],"b":1}'),
      await equal('{"a":[1,2.00],"b":1e0}'),
    ]
  }),
  documents("json = is no operator", (db) =>
    db
      .selectFrom("every")
      .select("id")
      .where("doc", "=", "{}" as never)
      .execute(),
  ),
]
