import { isUtf8 } from "node:buffer"

const CODES = /(?:%[0-9a-f]{2})+/gi
const BROKEN = /%(?![0-9a-f]{2})/i

/** A decoded text, and the index of the first percent sign that begins no code; -1: there is none. */
export interface Decoded {
  readonly text: string
  readonly malformedAt: number
}

/** Decodes percent codes. What is no code, or a run of codes that is no UTF-8, stays as it is. */
export function decodePercent(text: string): Decoded {
  if (!text.includes("%")) return { text, malformedAt: -1 }
  let malformedAt = text.search(BROKEN)
  const decoded = text.replace(CODES, (run, index: number) => {
    if (isUtf8(Buffer.from(run.replaceAll("%", ""), "hex"))) return decodeURIComponent(run)
    if (malformedAt === -1 || index < malformedAt) malformedAt = index
    return run
  })
  return { text: decoded, malformedAt }
}

/** Encodes all but the characters that are never special in a URL. A lone surrogate has no code and stays. */
export function encodePercent(text: string): string {
  return text.replace(/[^A-Za-z0-9\-._~]/gu, encodeCharacter)
}

/** Encodes every character, so that a text that looks like a placeholder is none. */
export function encodeWholly(text: string): string {
  return text.replace(/[^]/gu, encodeCharacter)
}

function encodeCharacter(character: string): string {
  if (!character.isWellFormed()) return character
  const bytes = Buffer.from(character)
  return Array.from(bytes, (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("")
}
