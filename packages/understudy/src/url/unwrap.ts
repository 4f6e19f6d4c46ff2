import { assignmentLength } from "./assignment.ts"
import { isInvisible, isWhiteSpace } from "./characters.ts"
import { positionOf, refusal, sliceOf, type Notes, type Refusal, type Slice } from "./notes.ts"
import { isShellCommand, urlInCommand } from "./shell-command.ts"
import { findComment, kindOfSeparator, kindOfStrayQuote } from "./trailing-garbage.ts"

const QUOTES = "\"'`‘’‚“”„«»"

/**
 * Takes off what people leave around a URL, layer by layer, until nothing more comes off. Each layer is a slice of the
 * one before, and what was looked at is not looked at again, so the time is linear.
 */
export function unwrap(given: Slice, notes: Notes): Slice | Refusal {
  let inner = withoutComment(given, notes)
  for (;;) {
    inner = withoutGarbage(inner, notes)
    const quoted = withoutQuotes(inner)
    if (quoted !== null) {
      notes.add("url.quoted", { position: positionOf(inner) })
      inner = quoted
      continue
    }
    const prefix = assignmentLength(inner.text)
    if (prefix > 0) {
      inner = sliceOf(inner, prefix)
      notes.add("url.assignment-prefix", { position: positionOf(inner) })
      continue
    }
    if (!isShellCommand(inner.text)) return withoutStrayQuotes(inner, notes)
    const url = urlInCommand(inner)
    if (url === null) return refusal("url.not-a-url", { why: "it is a command that does not hold one URL" })
    notes.add("url.shell-command", { position: positionOf(url) })
    inner = url
  }
}

/** The value of a variable that holds one part and no URL: without white space at its ends, and quotes around it. */
export function unwrapValue(given: Slice, notes: Notes): Slice {
  const inner = withoutEnds(given, notes)
  const quoted = inner.text.length > 1 ? withoutQuotes(inner) : null
  if (quoted === null) return inner
  notes.add("url.quoted", { position: positionOf(inner) })
  return withoutEnds(quoted, notes)
}

/** A password without line breaks at its end; all else may be part of it. */
export function unwrapPassword(given: Slice, notes: Notes): Slice {
  let end = given.text.length
  while (end > 0 && "\r\n".includes(given.text[end - 1] ?? " ")) end -= 1
  if (end < given.text.length) notes.add("url.whitespace", { end: "end" })
  return sliceOf(given, 0, end)
}

function withoutComment(slice: Slice, notes: Notes): Slice {
  const start = findComment(slice.text)
  if (start === -1) return slice
  notes.add("url.trailing-garbage", { kind: "a comment", position: positionOf(slice, start) })
  return sliceOf(slice, 0, start)
}

/** Strips white space and invisible characters at both ends, and what trails behind the URL. */
function withoutGarbage(slice: Slice, notes: Notes): Slice {
  for (let inner = withoutEnds(slice, notes); ; inner = withoutEnds(inner, notes)) {
    const kind = kindOfSeparator(inner.text)
    if (kind === null) return inner
    inner = withoutLast(inner, kind, notes)
  }
}

/** Nothing comes off at the beginning any more, so a quote at the end has no partner. */
function withoutStrayQuotes(slice: Slice, notes: Notes): Slice {
  for (let inner = slice; ; inner = withoutGarbage(inner, notes)) {
    const kind = kindOfStrayQuote(inner.text)
    if (kind === null) return inner
    inner = withoutLast(inner, kind, notes)
  }
}

function withoutLast(slice: Slice, kind: string, notes: Notes): Slice {
  const end = slice.text.length - 1
  notes.add("url.trailing-garbage", { kind, position: positionOf(slice, end) })
  return sliceOf(slice, 0, end)
}

/** Strips white space and invisible characters at both ends. */
function withoutEnds(slice: Slice, notes: Notes): Slice {
  const { text } = slice
  let start = 0
  let end = text.length
  while (start < end && strips(text[start], "beginning", notes)) start += 1
  while (end > start && strips(text[end - 1], "end", notes)) end -= 1
  return sliceOf(slice, start, end)
}

function strips(character: string | undefined, end: string, notes: Notes): boolean {
  if (character === undefined) return false
  if (isInvisible(character)) notes.add("url.invisible-characters", { end })
  else if (isWhiteSpace(character)) notes.add("url.whitespace", { end })
  else return false
  return true
}

/** The inside of a pair of quotes. One quote before the URL without a partner comes off too: no scheme begins so. */
function withoutQuotes(slice: Slice): Slice | null {
  const { text } = slice
  if (text === "" || !QUOTES.includes(text[0] ?? "")) return null
  const closed = text.length > 1 && QUOTES.includes(text.at(-1) ?? "")
  return sliceOf(slice, 1, closed ? text.length - 1 : text.length)
}
