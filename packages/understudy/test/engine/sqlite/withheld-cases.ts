import { sql, type Generated, type Kysely } from "kysely"

/** `secret` is the table without a copy. */
export interface Tables {
  secret: { id: number; name: string; size: Generated<number> }
  shown: { id: number; name: string }
  /** Of which `secret` is the parent. */
  part: { id: number; secret: number | null }
  /** Whose parent is `shown`. */
  kept: { id: number; shown: number | null }
  log: { id: number }
  names: { name: string }
  count_of: { n: number }
  joined: { name: string }
}

/** The tables, with rows in those that are served. */
export const MADE = `
  create table secret (id integer primary key, name text not null, size integer not null default 1, check (size > 0));
  create unique index secret_name on secret (lower(name)) where size > 1;
  create table shown (id integer primary key, name text not null);
  create table part (id integer primary key, secret integer references secret (id) on delete cascade on update cascade);
  create table kept (id integer primary key, shown integer references shown (id) on delete set null);
  create table log (id integer primary key);
  create view names as select name from secret;
  create view count_of as select count(*) as n from secret;
  create view joined as select name from shown natural join secret;
  insert into shown values (1, 'a'), (2, 'b');
  insert into log values (1)`

/** One way of writing a statement. */
export type Way = readonly [name: string, run: (db: Kysely<Tables>) => Promise<unknown>]

/** A statement as it is. */
export function raw(text: string): Way {
  return [text, (db) => sql.raw(text).execute(db)]
}

/** Whatever reads `secret`. */
export const READS: readonly Way[] = [
  ["a select", (db) => db.selectFrom("secret").selectAll().execute()],
  ["one column", (db) => db.selectFrom("secret").select("name").where("id", "=", 1).execute()],
  [
    "a count",
    (db) =>
      db
        .selectFrom("secret")
        .select((e) => e.fn.countAll().as("n"))
        .execute(),
  ],
  [
    "a constant",
    (db) =>
      db
        .selectFrom("secret")
        .select(sql<number>`1`.as("one"))
        .execute(),
  ],
  ["an alias", (db) => db.selectFrom("secret as s").select("s.id").execute()],
  ["a view", (db) => db.selectFrom("names").selectAll().execute()],
  ["a view that counts", (db) => db.selectFrom("count_of").selectAll().execute()],
  ["a view that joins by the names of columns", (db) => db.selectFrom("joined").selectAll().execute()],
  [
    "exists",
    (db) =>
      db
        .selectFrom("shown")
        .selectAll()
        .where((e) => e.exists(e.selectFrom("secret").select(sql`1`.as("one"))))
        .execute(),
  ],
  [
    "in",
    (db) =>
      db
        .selectFrom("shown")
        .selectAll()
        .where("id", "in", (e) => e.selectFrom("secret").select("id"))
        .execute(),
  ],
  [
    "a value",
    (db) =>
      db
        .selectFrom("shown")
        .select((e) =>
          e
            .selectFrom("secret")
            .select((s) => s.fn.max("size").as("n"))
            .as("most"),
        )
        .execute(),
  ],
  [
    "a common table expression",
    (db) =>
      db
        .with("every", (e) => e.selectFrom("secret").select("id"))
        .selectFrom("every")
        .select((e) => e.fn.countAll().as("n"))
        .execute(),
  ],
  [
    "a left join of which nothing is shown",
    (db) => db.selectFrom("shown").leftJoin("secret", "secret.id", "shown.id").select("shown.id").execute(),
  ],
  [
    "a union",
    (db) => db.selectFrom("shown").select("id").union(db.selectFrom("secret").select("id")).execute(),
  ],
  raw("select * from SECRET"),
  raw("select count(*) from Secret"),
  raw("select count(*) from main.[sEcret]"),
  raw("select 1 in secret"),
  raw("select * from shown natural join secret"),
  raw("select id, name from shown join secret using (id, name)"),
  raw("select count(*) from shown, secret limit 1"),
  raw("select 1 where false and exists (select 1 from secret)"),
  raw("values ((select count(*) from secret))"),
  raw("select count(*) over () from secret limit 0"),
  raw("with recursive r (n) as (select 1 union all select n + 1 from r, secret) select * from r"),
  raw("explain select * from secret"),
]

/** Whatever changes rows of `secret`, or reads them in order to write. */
export const WRITES: readonly Way[] = [
  ["an update", (db) => db.updateTable("secret").set({ name: "x" }).execute()],
  ["a delete", (db) => db.deleteFrom("secret").execute()],
  ["a delete of one row", (db) => db.deleteFrom("secret").where("id", "=", 1).returningAll().execute()],
  [
    "an upsert",
    (db) =>
      db
        .insertInto("secret")
        .values({ id: 1, name: "x" })
        .onConflict((c) => c.column("id").doUpdateSet({ name: "y" }))
        .execute(),
  ],
  [
    "an upsert of several rows",
    (db) =>
      db
        .insertInto("secret")
        .values([
          { id: 1, name: "x" },
          { id: 2, name: "x" },
        ])
        .onConflict((c) => c.column("id").doUpdateSet((e) => ({ name: e.ref("excluded.name") })))
        .execute(),
  ],
  [
    "an insert that passes over what is there",
    (db) =>
      db
        .insertInto("secret")
        .values({ id: 1, name: "x" })
        .onConflict((c) => c.doNothing())
        .execute(),
  ],
  raw("insert or ignore into secret (id, name) values (1, 'x')"),
  raw("insert or replace into secret (id, name) values (1, 'x')"),
  raw("replace /* or not */ into secret (id, name) values (1, 'x')"),
  [
    "an insert of its rows elsewhere",
    (db) =>
      db
        .insertInto("log")
        .columns(["id"])
        .expression((e) => e.selectFrom("secret").select("id"))
        .execute(),
  ],
  [
    "an insert of its own rows",
    (db) =>
      db
        .insertInto("secret")
        .columns(["id", "name"])
        .expression((e) => e.selectFrom("secret").select(["id", "name"]))
        .execute(),
  ],
  raw("insert into log select id from secret"),
  raw("insert into log (id) values ((select max(id) from secret))"),
  raw("insert into log (id) values (1 in secret)"),
  raw("insert into secret (id, name) values (7, 'x') returning (select count(*) from secret)"),
  raw("insert into log select 9 where not exists (select 1 from secret)"),
  raw("with s as (select 1 from secret) insert into log select count(*) from s"),
  raw("update shown set name = secret.name from secret where secret.id = shown.id"),
  raw("update shown set name = 'x' where id in (select id from secret)"),
  raw("delete from shown where id not in (select id from secret)"),
  raw("insert into log (id) values (7) returning (select count(*) from secret)"),
]
