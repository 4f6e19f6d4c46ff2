import { createHash } from "node:crypto"
import type { DatabaseSync } from "node:sqlite"
import { DatabaseError } from "../../errors/database-error.ts"
import { dataError } from "../data-error.ts"

type Argument = null | bigint | number | string | Uint8Array

/** PostgreSQL's text functions that SQLite lacks or has with another meaning, by their names there. */
export const TEXT_FUNCTIONS: ReadonlySet<string> = new Set([
  "ascii",
  "chr",
  "initcap",
  "left",
  "lpad",
  "md5",
  "repeat",
  "reverse",
  "right",
  "rpad",
  "split_part",
  "starts_with",
  "strpos",
  "substr",
  "substring",
  "translate",
])

/** The SQL function that does what PostgreSQL's of this name does. */
export function textFunction(name: string): string {
  return `understudy_${name === "substr" ? "substring" : name}`
}

const MOST_CHARACTERS = 2 ** 28

/** Characters as PostgreSQL counts them. */
function charactersOf(text: Argument): string[] {
  return [...String(text)]
}

/** From the start, or, of a negative count, all but so many at the other end. */
function left(text: Argument, count: Argument): string {
  return charactersOf(text).slice(0, Number(count)).join("")
}

function right(text: Argument, count: Argument): string {
  const characters = charactersOf(text)
  const wanted = Number(count)
  return (
    wanted < 0 ? characters.slice(-wanted) : characters.slice(Math.max(0, characters.length - wanted))
  ).join("")
}

function pad(text: Argument, count: Argument, fill: Argument): { text: string; filling: string } {
  const characters = charactersOf(text)
  const wanted = Math.max(0, Number(count))
  if (wanted > MOST_CHARACTERS)
    throw new DatabaseError({ code: "54000", message: "requested length too large" })
  const filler = charactersOf(fill)
  const missing = filler.length === 0 ? 0 : Math.max(0, wanted - characters.length)
  const filling = Array.from({ length: missing }, (_, place) => filler[place % filler.length]).join("")
  return { text: characters.slice(0, wanted).join(""), filling }
}

function substring(text: Argument, start: Argument, count?: Argument): string {
  const from = Number(start) - 1
  if (count === undefined) return charactersOf(text).slice(Math.max(0, from)).join("")
  if (Number(count) < 0) throw dataError("22011", "text")
  const to = from + Number(count)
  return charactersOf(text).slice(Math.max(0, from), Math.max(0, to)).join("")
}

function splitPart(text: Argument, separator: Argument, place: Argument): string {
  const wanted = Number(place)
  if (wanted === 0) throw dataError("22023", "integer")
  if (text === "") return ""
  const parts = separator === "" ? [String(text)] : String(text).split(String(separator))
  return parts.at(wanted > 0 ? wanted - 1 : wanted) ?? ""
}

/** Under the collation "C" only ASCII letters and digits are parts of a word. */
function initcap(text: Argument): string {
  return String(text).replaceAll(
    /[A-Za-z0-9]+/g,
    (word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase(),
  )
}

function chr(code: Argument): string {
  const point = Number(code)
  if (point < 0) throw dataError("22023", "integer")
  if (point === 0 || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
    throw new DatabaseError({ code: "54000", message: "requested character not valid for encoding" })
  return String.fromCodePoint(point)
}

function translate(text: Argument, from: Argument, to: Argument): string {
  const [source, target] = [charactersOf(from), charactersOf(to)]
  return charactersOf(text)
    .map((character) => {
      const place = source.indexOf(character)
      return place === -1 ? character : (target[place] ?? "")
    })
    .join("")
}

function repeat(text: Argument, count: Argument): string {
  const times = Math.max(0, Number(count))
  if (String(text).length * times > MOST_CHARACTERS)
    throw new DatabaseError({ code: "54000", message: "requested length too large" })
  return String(text).repeat(times)
}

/** Where a text begins in another, from 1; 0: nowhere. */
function strpos(text: Argument, part: Argument): bigint {
  const place = String(text).indexOf(String(part))
  return place === -1 ? 0n : BigInt(charactersOf(String(text).slice(0, place)).length + 1)
}

const FUNCTIONS: Readonly<Record<string, (...args: Argument[]) => bigint | string>> = {
  ascii: (text = "") => BigInt(String(text).codePointAt(0) ?? 0),
  chr: (code = 0) => chr(code),
  initcap: (text = "") => initcap(text),
  left: (text = "", count = 0) => left(text, count),
  lpad(text = "", count = 0, fill = " ") {
    const padded = pad(text, count, fill)
    return padded.filling + padded.text
  },
  md5: (value = "") =>
    createHash("md5")
      .update(value instanceof Uint8Array ? value : String(value))
      .digest("hex"),
  repeat: (text = "", count = 0) => repeat(text, count),
  reverse: (text = "") => charactersOf(text).toReversed().join(""),
  right: (text = "", count = 0) => right(text, count),
  rpad(text = "", count = 0, fill = " ") {
    const padded = pad(text, count, fill)
    return padded.text + padded.filling
  },
  split_part: (text = "", separator = "", place = 0) => splitPart(text, separator, place),
  starts_with: (text = "", start = "") => (String(text).startsWith(String(start)) ? 1n : 0n),
  strpos: (text = "", part = "") => strpos(text, part),
  substring: (text = "", start = 1, count) => substring(text, start, count),
  translate: (text = "", from = "", to = "") => translate(text, from, to),
}

/** Registers the text functions. All give NULL where an argument is NULL. */
export function registerTexts(database: DatabaseSync): void {
  const options = { deterministic: true, varargs: true, useBigIntArguments: true }
  for (const [name, compute] of Object.entries(FUNCTIONS)) {
    database.function(textFunction(name), options, (...args) =>
      args.includes(null) ? null : compute(...(args as Argument[])),
    )
  }
}
