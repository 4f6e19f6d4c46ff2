import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type SelectQueryBuilder,
} from "kysely"
import { directed, ExpressionMaker, type Built, type Loose, type Predicate } from "./build-expression.ts"
import type { Assignments, Join, Select, Selection, Source, Statement } from "./program.ts"

type Builder = SelectQueryBuilder<Loose, string, Record<string, unknown>>

/** What can be run or shown. */
export interface Runnable {
  /** DDL gives nothing back. */
  execute(): Promise<readonly unknown[] | void>
  compile(): { readonly sql: string; readonly parameters: readonly unknown[] }
}

/** Makes the trees of queries inside others; runs nothing. */
const TREES = new Kysely<Loose>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

const EXPRESSIONS = new ExpressionMaker((query) => buildSelect(TREES, query).toOperationNode())

function build(expression: Parameters<ExpressionMaker["build"]>[0]): Built {
  return EXPRESSIONS.build(expression)
}

function condition(expression: Parameters<ExpressionMaker["build"]>[0]): Predicate {
  return build(expression) as Predicate
}

function from({ alias, from: origin }: Source): never {
  return (
    typeof origin === "string" ? `${origin} as ${alias}` : buildSelect(TREES, origin).as(alias)
  ) as never
}

function selected(selections: readonly Selection[]): never {
  return selections.map(({ name, expression }) => build(expression).as(name)) as never
}

function joined(built: Builder, { kind, source, on }: Join): Builder {
  if (on === undefined) return built.crossJoin(from(source)) as never
  const match = ((join: { on(each: Predicate): unknown }) => join.on(condition(on))) as never
  switch (kind) {
    case "left":
      return built.leftJoin(from(source), match) as never
    case "right":
      return built.rightJoin(from(source), match) as never
    case "full":
      return built.fullJoin(from(source), match) as never
    default:
      return built.innerJoin(from(source), match) as never
  }
}

/** A query as Kysely's builder makes it. */
function buildSelect(db: Kysely<Loose>, query: Select): Builder {
  let root: Pick<Kysely<Loose>, "selectFrom" | "with"> = db
  for (const cte of query.ctes) root = root.with(cte.name, () => buildSelect(TREES, cte.query)) as never
  let built = root.selectFrom(from(query.source)) as unknown as Builder
  for (const join of query.joins) built = joined(built, join)
  if (query.where !== undefined) built = built.where(condition(query.where))
  for (const each of query.groupBy) built = built.groupBy(build(each) as never)
  if (query.having !== undefined) built = built.having(condition(query.having))
  built = built.select(selected(query.selections))
  if (query.distinct) built = built.distinct()
  if (query.set !== undefined) built = built[query.set.operator](buildSelect(TREES, query.set.query) as never)
  for (const each of query.orderBy)
    built = built.orderBy(build(each.expression) as never, directed(each) as never)
  if (query.limit !== undefined) built = built.limit(query.limit)
  if (query.offset !== undefined) built = built.offset(query.offset)
  return built
}

/** Values as a user writes them: parameters are plain. */
function assigned(assignments: Assignments): never {
  return Object.fromEntries(
    Object.entries(assignments).map(([name, each]) => [
      name,
      each.kind === "parameter" ? each.value : build(each),
    ]),
  ) as never
}

/** A statement as Kysely's builder makes it. */
export function buildStatement(db: Kysely<Loose>, statement: Statement): Runnable {
  switch (statement.kind) {
    case "select":
      return buildSelect(db, statement.query)
    case "insert": {
      const { conflict } = statement
      let built = db.insertInto(statement.table).values(statement.rows.map(assigned))
      if (conflict !== undefined) {
        built = built.onConflict((clause) => {
          const target = clause.columns(conflict.columns as never[])
          if (conflict.set === undefined) return target.doNothing()
          const update = target.doUpdateSet(assigned(conflict.set))
          return conflict.where === undefined ? update : update.where(condition(conflict.where))
        }) as never
      }
      return statement.returning.length === 0 ? built : built.returning(selected(statement.returning))
    }
    case "insert from":
      return db
        .insertInto(statement.table)
        .columns(statement.columns as never)
        .expression(buildSelect(TREES, statement.query) as never)
    case "update": {
      let built = db.updateTable(statement.table).set(assigned(statement.set))
      if (statement.from !== undefined) built = built.from(from(statement.from)) as never
      if (statement.where !== undefined) built = built.where(condition(statement.where))
      return statement.returning.length === 0 ? built : built.returning(selected(statement.returning))
    }
    case "delete": {
      let built = db.deleteFrom(statement.table)
      if (statement.where !== undefined) built = built.where(condition(statement.where))
      return statement.returning.length === 0 ? built : built.returning(selected(statement.returning))
    }
    default:
      return statement satisfies never
  }
}
