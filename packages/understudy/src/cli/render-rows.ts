import type { NamedRow } from "../replay/parked.ts"
import { printable } from "./printable.ts"

/** Longer values are to be had by --json. */
const LONGEST_VALUE = 60

/** The images of one row, each with what it is called; undefined: it could not be read. */
export type Images = readonly (readonly [label: string, row: NamedRow | null | undefined])[]

/** What was done to which row, and under it the columns in which its images differ. */
export function renderImages(
  what: { readonly operation: string; readonly table: string; readonly key: NamedRow },
  images: Images,
): string[] {
  const names = [...new Set(images.flatMap(([, row]) => Object.keys(row ?? {})))]
  // What all agree on says nothing, but where there is nothing else to be said.
  const differing = names.filter((name) => new Set(images.map(([, row]) => row?.[name])).size > 1)
  const shown = differing.length === 0 ? names : differing
  const width = Math.max(...images.map(([label]) => label.length))
  return [
    `  ${what.operation} ${printable(what.table)} ${renderRow(what.key, Object.keys(what.key))}`,
    ...images.map(([label, row]) => `    ${label.padEnd(width)}  ${renderRow(row, shown)}`),
  ]
}

function renderRow(row: NamedRow | null | undefined, names: readonly string[]): string {
  if (row === undefined) return "could not be read"
  if (row === null) return "no such row"
  return names
    .filter((name) => Object.hasOwn(row, name))
    .map((name) => `${printable(name)}=${renderValue(row[name] ?? null)}`)
    .join(", ")
}

function renderValue(value: string | null): string {
  if (value === null) return "null"
  const text = printable(value)
  return JSON.stringify(text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text)
}
