import { isExactNumeric, type LogicalType } from "../logical-type.ts"

/** The prefix of a check that stands for a rule of PostgreSQL's type; behind it the SQLSTATE and the column. */
export const TYPE_CHECK_PREFIX = "understudy:"

/** A check on a column, with the SQLSTATE that PostgreSQL gives for what it refuses. */
interface Check {
  readonly sqlstate: string
  readonly condition: string
}

const HEX = "[0-9a-f]"
const DIGIT = "[0-9]"
const DATE = `${DIGIT.repeat(4)}-${DIGIT.repeat(2)}-${DIGIT.repeat(2)}`
const CLOCK = `${DIGIT.repeat(2)}:${DIGIT.repeat(2)}:${DIGIT.repeat(2)}`
const UUID = [8, 4, 4, 4, 12].map((count) => HEX.repeat(count)).join("-")

function range(column: string, bits: number): Check[] {
  const most = 2n ** BigInt(bits - 1)
  return [
    { sqlstate: "22P02", condition: `typeof(${column}) = 'integer'` },
    {
      sqlstate: "22003",
      condition: `typeof(${column}) <> 'integer' or ${column} between ${-most} and ${most - 1n}`,
    },
  ]
}

function pattern(column: string, glob: string, sqlstate: string): Check[] {
  return [{ sqlstate, condition: `typeof(${column}) = 'text' and ${column} glob '${glob}'` }]
}

/** What SQLite must check so that a value that PostgreSQL's type refuses is refused. `column` is quoted. */
function checksOf(column: string, type: LogicalType): Check[] {
  switch (type.name) {
    case "boolean":
      return [{ sqlstate: "22P02", condition: `typeof(${column}) = 'integer' and ${column} in (0, 1)` }]
    case "int2":
      return range(column, 16)
    case "int4":
      return range(column, 32)
    case "int8":
      return [{ sqlstate: "22P02", condition: `typeof(${column}) = 'integer'` }]
    case "float4":
    case "float8":
      return [{ sqlstate: "22P02", condition: `typeof(${column}) = 'real' or ${column} = 'NaN'` }]
    case "numeric": {
      if (!isExactNumeric(type)) return [{ sqlstate: "22P02", condition: `typeof(${column}) = 'text'` }]
      const most = 10 ** ((type.size ?? 0) - (type.scale ?? 0))
      return [
        { sqlstate: "22P02", condition: `typeof(${column}) in ('integer', 'real')` },
        {
          sqlstate: "22003",
          condition: `abs(${column}) < ${most} and round(${column}, ${type.scale ?? 0}) = ${column}`,
        },
      ]
    }
    case "varchar":
      return [
        { sqlstate: "22P02", condition: `typeof(${column}) = 'text'` },
        { sqlstate: "22001", condition: `length(${column}) <= ${type.size}` },
      ]
    case "text":
    case "enum":
      return [{ sqlstate: "22P02", condition: `typeof(${column}) = 'text'` }]
    case "uuid":
      return pattern(column, UUID, "22P02")
    case "date":
      return pattern(column, DATE, "22007")
    case "time":
      return pattern(column, `${CLOCK}*`, "22007")
    case "timestamp":
      return pattern(column, `${DATE} ${CLOCK}.${DIGIT.repeat(6)}`, "22007")
    case "timestamptz":
      return pattern(column, `${DATE} ${CLOCK}.${DIGIT.repeat(6)}+00`, "22007")
    case "json":
    case "jsonb":
      return [{ sqlstate: "22P02", condition: `typeof(${column}) = 'text' and json_valid(${column})` }]
    case "bytea":
      return [{ sqlstate: "22P02", condition: `typeof(${column}) = 'blob'` }]
    default:
      return type.name satisfies never
  }
}

/** The check clauses of a column definition. A NULL passes each, as SQL has it. */
export function typeCheckClauses(name: string, column: string, type: LogicalType): string[] {
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
  return checksOf(column, type).map(
    ({ sqlstate, condition }) =>
      `constraint ${quoted(`${TYPE_CHECK_PREFIX}${sqlstate}:${name}`)} check (${column} is null or ${condition})`,
  )
}
