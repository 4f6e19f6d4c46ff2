import type { Client } from "pg"
import type { ErrorClass } from "../../src/errors/classify.ts"
import { errorOf, type Provocation, type Stage } from "./stage.ts"

/** What a superuser sends, the code of the error that comes back, and its class. */
const STATEMENTS: readonly (readonly [name: string, code: string, is: ErrorClass, sql: string])[] = [
  ["a mistake of grammar", "42601", "refused", "selec 1"],
  ["a table that is not there", "42P01", "refused", "select * from nowhere"],
  ["a column that is not there", "42703", "refused", "select nothing from pg_class"],
  ["a function that is not there", "42883", "refused", "select nothing()"],
  ["a table that is there already", "42P07", "refused", "create table a (id int); create table a (id int)"],
  ["an ambiguous column", "42702", "refused", "select oid from pg_class a, pg_class b"],
  ["a right that is missing", "42501", "refused", "set role pg_monitor; create table pg_catalog.a (id int)"],
  [
    "a duplicate key",
    "23505",
    "refused",
    "create temp table a (id int primary key); insert into a values (1), (1)",
  ],
  [
    "a missing parent",
    "23503",
    "refused",
    "create temp table a (id int primary key); create temp table b (a int references a); insert into b values (1)",
  ],
  [
    "a missing value",
    "23502",
    "refused",
    "create temp table a (id int not null); insert into a values (null)",
  ],
  ["a check", "23514", "refused", "create temp table a (id int check (id > 0)); insert into a values (0)"],
  [
    "an exclusion",
    "23P01",
    "refused",
    "create temp table a (r int4range, exclude using gist (r with &&)); insert into a values ('[1,3)'), ('[2,4)')",
  ],
  [
    "a text that is too long",
    "22001",
    "refused",
    "create temp table a (t varchar(1)); insert into a values ('ab')",
  ],
  ["a number out of range", "22003", "refused", "select 40000::int2"],
  ["a text that is no number", "22P02", "refused", "select 'a'::int"],
  ["division by zero", "22012", "refused", "select 1 / 0"],
  ["a text that is no date", "22007", "refused", "select 'a'::date"],
  ["a date out of range", "22008", "refused", "select '2026-13-01'::date"],
  ["a bad regular expression", "2201B", "refused", "select 'a' ~ '('"],
  ["bytes that are no text", "22021", "refused", "select convert_from('\\xff', 'UTF8')"],
  ["a transaction of the future", "22023", "refused", "select pg_xact_status('9000000000000'::xid8)"],
  ["more than one row", "21000", "refused", "select (select generate_series(1, 2))"],
  ["an exception of a function", "P0001", "refused", "do $$ begin raise exception 'no'; end $$"],
  [
    "an exception that takes a lost connection's code",
    "08006",
    "refused",
    "do $$ begin raise exception 'no' using errcode = '08006'; end $$",
  ],
  [
    "an exception that takes a shutdown's code",
    "57P01",
    "refused",
    "do $$ begin raise exception 'no' using errcode = '57P01'; end $$",
  ],
  ["a time-out", "57014", "refused", "set statement_timeout = 20; select pg_sleep(9)"],
  ["a cancelled statement", "57014", "refused", "select pg_cancel_backend(pg_backend_pid()), pg_sleep(9)"],
  ["a write in a read-only transaction", "25006", "refused", "begin read only; create table c (id int)"],
  ["a savepoint that is not there", "3B001", "refused", "begin; rollback to savepoint nothing"],
  ["a database that is used", "55006", "refused", "drop database app"],
  [
    "a quota of temporary files",
    "53400",
    "refused",
    "set temp_file_limit = 64; set work_mem = 64; select count(*) from (select random() r from generate_series(1, 100000) order by 1) a",
  ],
  ["a full disk", "53100", "refused", "copy (select repeat('x', 100000)) to '/dev/full'"],
  [
    "no memory left for locks",
    "53200",
    "refused",
    "do $$ begin for i in 1..100000 loop perform pg_advisory_xact_lock(i); end loop; end $$",
  ],
  ["a value that is too large", "54000", "refused", "select repeat('x', 2000000000)"],
  [
    "a recursion without end",
    "54001",
    "refused",
    "create function pg_temp.f(i int) returns int language plpgsql as 'begin return pg_temp.f(i + 1); end'; select pg_temp.f(1)",
  ],
  ["something that is not implemented", "0A000", "refused", "select distinct 1 from pg_class for update"],
]

/** Two sessions in each other's way. */
const CONTENTIONS: readonly (readonly [
  name: string,
  code: string,
  is: ErrorClass,
  collide: (one: Client, other: Client) => Promise<unknown>,
])[] = [
  [
    "a deadlock",
    "40P01",
    "contention",
    async (one, other) => {
      await one.query("begin; select pg_advisory_xact_lock(1)")
      await other.query("begin; select pg_advisory_xact_lock(2)")
      const crossed = [
        one.query("select pg_advisory_xact_lock(2)"),
        other.query("select pg_advisory_xact_lock(1)"),
      ]
      return errorOf(Promise.all(crossed))
    },
  ],
  [
    "a transaction that cannot be put in order",
    "40001",
    "contention",
    async (one, other) => {
      await one.query("create table counter (n int); insert into counter values (0)")
      await one.query("begin isolation level repeatable read; select * from counter")
      await other.query("update counter set n = n + 1")
      return errorOf(one.query("update counter set n = n + 1"))
    },
  ],
  [
    "a statement in a transaction that has failed",
    "25P02",
    "refused",
    async (one) => {
      await one.query("begin")
      await errorOf(one.query("select 1 / 0"))
      return errorOf(one.query("select 1"))
    },
  ],
  [
    "a lock that is not given in time",
    "55P03",
    "refused",
    async (one, other) => {
      await one.query("begin; select pg_advisory_xact_lock(3)")
      return errorOf(other.query("set lock_timeout = 20; select pg_advisory_xact_lock(3)"))
    },
  ],
  [
    "a lock that is not waited for",
    "55P03",
    "refused",
    async (one, other) => {
      await one.query("create table locked (n int)")
      await one.query("begin; lock table locked")
      return errorOf(other.query("begin; lock table locked nowait"))
    },
  ],
]

/** The server has looked at a statement, and refused it. */
export const STATEMENT_ERRORS: readonly Provocation[] = [
  ...STATEMENTS.map(([name, code, is, sql]) => ({
    name,
    code,
    is,
    provoke: async (stage: Stage) => errorOf((await stage.connect(stage.server.adminUrl)).query(sql)),
  })),
  ...CONTENTIONS.map(([name, code, is, collide]) => ({
    name,
    code,
    is,
    provoke: async (stage: Stage) =>
      collide(await stage.connect(stage.server.adminUrl), await stage.connect(stage.server.adminUrl)),
  })),
]
