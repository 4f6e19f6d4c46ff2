import { KEYED } from "./keyed.ts"
import { PARTITIONED } from "./partitioned.ts"
import { RELATED } from "./related.ts"
import { WHOLE_TABLES } from "./whole-tables.ts"
import type { Writer } from "./writer.ts"

/** All kinds of transactions. */
export const WRITERS: readonly Writer[] = [...KEYED, ...RELATED, ...WHOLE_TABLES, ...PARTITIONED]

/** The one of this name. */
export function writerOf(name: string): Writer {
  const writer = WRITERS.find((each) => each.name === name)
  if (writer === undefined) throw new Error(`there is no writer ${name}`)
  return writer
}
