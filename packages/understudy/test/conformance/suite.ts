import { AGGREGATE_CASES } from "./aggregate-cases.ts"
import { ALTER_CASES } from "./alter-cases.ts"
import { ARITHMETIC_CASES } from "./arithmetic-cases.ts"
import { CAST_CASES } from "./cast-cases.ts"
import { CREATE_CASES } from "./create-cases.ts"
import type { DdlCase } from "./ddl-outcome.ts"
import { EXPRESSION_CASES } from "./defined-expression-cases.ts"
import { DEFINITION_CASES } from "./definition-cases.ts"
import { ERROR_CASES } from "./error-cases.ts"
import { FOUND_CASES } from "./found-cases.ts"
import { FUNCTION_CASES, REFUSED_FUNCTION_CASES } from "./function-cases.ts"
import { GENERATED_CASES } from "./generated-cases.ts"
import { JSON_CASES } from "./json-cases.ts"
import { MISTAKE_CASES } from "./mistake-cases.ts"
import { QUERY_CASES, type QueryCase } from "./query-cases.ts"
import { REFUSED_CASES } from "./refused-cases.ts"
import { RELATION_CASES } from "./relation-cases.ts"
import { ROW_SET_CASES } from "./row-set-cases.ts"
import { SCOPE_CASES } from "./scope-cases.ts"
import { SEQUENCE_CASES } from "./sequence-cases.ts"
import { REFUSED_TIME_CASES, TIME_CASES } from "./time-cases.ts"
import { VIEW_CASES } from "./view-cases.ts"

/** Cases of one construct. The title is its row in docs/portability.md. */
export interface CaseGroup<C> {
  readonly title: string
  /** What of it is the same, in a few words. */
  readonly about: string
  readonly cases: readonly C[]
}

/** Programs of queries, each run in a session on both engines. */
export const QUERY_GROUPS: readonly CaseGroup<QueryCase>[] = [
  {
    title: "Queries",
    about:
      "identity and defaults, order with NULL and NaN, `like` and `ilike`, subqueries, joins, CTEs, windows, upserts, `returning`, counts of rows",
    cases: QUERY_CASES,
  },
  {
    title: "Sets of rows",
    about: "`limit`, `offset` and `fetch`, arms of unions and their types, patterns, counts of raw texts",
    cases: ROW_SET_CASES,
  },
  {
    title: "Names and types across scopes",
    about:
      "aliases, inner queries, CTEs, unions, views of one table by two names: each column keeps its type",
    cases: SCOPE_CASES,
  },
  {
    title: "Arithmetic and functions of values",
    about:
      "`+ - * / %` over each pair of number types, ranges, division by zero, rounding, `coalesce`, `case`, `greatest`, `concat`, `||`",
    cases: ARITHMETIC_CASES,
  },
  {
    title: "Aggregates",
    about:
      "`sum`, `avg`, `min`, `max`, `count`, `bool_and`, `string_agg`, of columns, of nothing, `distinct`, filtered",
    cases: AGGREGATE_CASES,
  },
  {
    title: "Casts",
    about: "each type to each other one, texts and parameters that fit and that do not",
    cases: CAST_CASES,
  },
  {
    title: "JSON",
    about:
      "`->` and `->>` by keys and places, documents as values, numbers kept, `null` beside NULL, `=` of `jsonb`",
    cases: JSON_CASES,
  },
  {
    title: "Functions",
    about: "of texts, of numbers, of JSON: results, types, NULL, what they refuse",
    cases: FUNCTION_CASES,
  },
  {
    title: "Times",
    about: "`date_trunc`, `date_part`, `extract`, clocks, days added and subtracted",
    cases: TIME_CASES,
  },
  {
    title: "Errors",
    about: "SQLSTATE, constraint and columns of what is refused; transactions and savepoints after an error",
    cases: ERROR_CASES,
  },
  {
    title: "Mistakes",
    about: "what PostgreSQL refuses and SQLite alone would answer: names, groups, scalar subqueries, types",
    cases: MISTAKE_CASES,
  },
  {
    title: "What once differed",
    about: "differences that random programs found, each mended",
    cases: FOUND_CASES,
  },
]

/** Programs of DDL, each run in a database of its own on both engines. */
export const DDL_GROUPS: readonly CaseGroup<DdlCase>[] = [
  {
    title: "CREATE",
    about:
      "tables, generated columns, defaults, keys, checks, foreign keys with each action and deferred ones, indexes, views, names that PostgreSQL makes up",
    cases: CREATE_CASES,
  },
  {
    title: "ALTER TABLE",
    about:
      "add, drop, rename and retype columns, add and drop constraints; rows, indexes and references are kept",
    cases: ALTER_CASES,
  },
  {
    title: "Generated columns",
    about:
      "values for `generated always` are refused (428C9), in inserts, updates and upserts; `default` is taken",
    cases: GENERATED_CASES,
  },
  {
    title: "Definitions",
    about: "what contradicts itself or cannot be kept is refused: keys, types, checks, generated columns",
    cases: DEFINITION_CASES,
  },
  {
    title: "Expressions in definitions",
    about: "what checks, generated columns, defaults and indexes compute",
    cases: EXPRESSION_CASES,
  },
  {
    title: "Names of relations",
    about: "tables, views, indexes and keys are told apart by kind, case and name; names that are taken",
    cases: RELATION_CASES,
  },
  {
    title: "Views",
    about: "types of their columns, what is computed in them, views over views, renames, replacements",
    cases: VIEW_CASES,
  },
  {
    title: "Sequences",
    about: "no number is given out twice, whatever is rolled back; names, restarts and rebuilds",
    cases: SEQUENCE_CASES,
  },
]

/** What SQLite refuses by name, whatever the rows are. */
export const REFUSALS: readonly QueryCase[] = [
  ...REFUSED_CASES,
  ...REFUSED_FUNCTION_CASES,
  ...REFUSED_TIME_CASES,
]
