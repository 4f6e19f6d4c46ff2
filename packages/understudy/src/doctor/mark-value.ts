import type { Finding, FindingCode } from "../errors/finding.ts"
import { isTemplate, shownSpans, type Span } from "../url/shown-spans.ts"
import type { UrlVerdict } from "../url/verdict.ts"

/** A value's own text with all that is secret masked, and carets below what is wrong. Both of one length at most. */
export interface MarkedValue {
  readonly line: string
  /** Empty where nothing is marked. */
  readonly carets: string
}

/** A part of the value as it is shown: one character, or a mask. */
interface Cell {
  readonly text: string
  readonly marked: boolean
}

const MASK = "***"

/** A longer run that is not marked is shortened in its middle. */
const LONGEST_RUN = 200

/** No database's URL is that long; to mark it would take more time than it is worth. */
const LONGEST_TEXT = 10_000

/** What a finding's own words name: to show it tells nothing more. */
const NAMED_CHARACTERS = "@/\\?#:%[]{}<>\"'`|^;,"
const NAMES_ITS_CHARACTER: ReadonlySet<FindingCode> = new Set<FindingCode>([
  "url.userinfo-unencoded",
  "url.percent-malformed",
  "url.host-invalid",
  "url.trailing-garbage",
  "url.quoted",
])

const IS_BLANK: ReadonlySet<FindingCode> = new Set<FindingCode>([
  "url.whitespace",
  "url.invisible-characters",
])

/** These stand before or behind what is marked, or the finding would be another one. */
const DELIMITERS = "@:/,?"
const HAS_DELIMITERS: ReadonlySet<FindingCode> = new Set<FindingCode>([
  "url.placeholder",
  "url.port-invalid",
  "url.host-invalid",
  "url.host-missing",
])

/** Where a finding's part ends, seen from its beginning; one character where nothing is said. */
const EXTENTS: Partial<Readonly<Record<FindingCode, RegExp>>> = {
  "url.placeholder": /^(?:\$?\{[^}]*\}|<[^>]*>|\[[^\]]*\]|[^:@/?,\s]+)/,
  "url.port-invalid": /^[^/?,]*/,
  "url.slashes": /^\/*/,
  "url.scheme-duplicated": /^(?:\/\/)?[a-z][a-z0-9+.-]*:(?:\/\/)?/i,
  "url.ambiguous": /^[^]*/,
  "url.parameters-ignored": /^[^]*/,
}

/** Findings that tell where the right part begins: what stands before it is wrong. */
const BEFORE: Partial<Readonly<Record<FindingCode, RegExp>>> = {
  "url.assignment-prefix": /(?:(?:export|set|env|-)\s+)?[a-z_]\w*(?:\s*=\s*|:\s+)$/i,
  "url.shell-command": /\bpsql\b[^]*$/i,
}

/** Findings without a position whose part a look at the text finds. */
const BY_LOOK: Partial<Readonly<Record<FindingCode, RegExp>>> = {
  "url.whitespace": /^\s+|\s+$/g,
  "url.invisible-characters": /^[\s\p{Cf}\u00a0]+|[\s\p{Cf}\u00a0]+$/gu,
  "url.driver-suffix": /\+[\w.-]*(?=:)/,
  "url.jdbc": /jdbc:/i,
  "url.scheme-unsupported": /[a-z][a-z0-9+.-]*:/i,
  "url.api-endpoint": /[a-z][a-z0-9+.-]*:/i,
}

/** Marks one database URL's text. Pure and total. */
export function markValue(text: string, verdict: UrlVerdict): MarkedValue {
  if (text.length > LONGEST_TEXT) return Object.freeze({ line: MASK, carets: "" })
  const marks = verdict.findings.flatMap((finding) => marksOf(text, finding))
  const shown = [
    ...shownSpans(text, verdict),
    ...verdict.findings.flatMap((finding) => impliedBy(text, finding)),
  ]
  return draw(cellsOf(text, shown, marks))
}

function marksOf(text: string, { code, position }: Finding): Span[] {
  if (position === undefined) {
    const look = BY_LOOK[code]
    if (look === undefined) return []
    const matches = look.global ? [...text.matchAll(look)] : [look.exec(text)]
    return matches.flatMap((match) =>
      match === null ? [] : [{ start: match.index, end: match.index + match[0].length }],
    )
  }
  const at = position - 1
  const before = BEFORE[code]
  if (before !== undefined) {
    const start = before.exec(text.slice(0, at))?.index
    return start === undefined ? [] : [{ start, end: at }]
  }
  if (code === "url.trailing-garbage" && /\s/.test(text[at] ?? ""))
    return [{ start: at + 1, end: text.length }]
  const length = EXTENTS[code]?.exec(text.slice(at))?.[0].length ?? 1
  return [{ start: at, end: at + Math.max(1, length) }]
}

/** What the finding's own words say of the text. */
function impliedBy(text: string, finding: Finding): Span[] {
  if (IS_BLANK.has(finding.code)) return marksOf(text, finding)
  const [mark] = finding.position === undefined ? [] : marksOf(text, finding)
  if (mark === undefined) return []
  const spans: Span[] = []
  const character = text[mark.start] ?? ""
  if (NAMES_ITS_CHARACTER.has(finding.code) && NAMED_CHARACTERS.includes(character)) {
    spans.push({ start: mark.start, end: mark.start + 1 })
  }
  if (HAS_DELIMITERS.has(finding.code)) {
    const own = finding.code === "url.host-missing" ? [mark.start] : []
    for (const start of [mark.start - 1, ...own, mark.end]) {
      if (start >= 0 && start < text.length && DELIMITERS.includes(text[start] ?? " ")) {
        spans.push({ start, end: start + 1 })
      }
    }
  }
  if (finding.code === "url.placeholder" && isTemplate(text.slice(mark.start, mark.end))) spans.push(mark)
  return spans
}

function cellsOf(text: string, shown: readonly Span[], marks: readonly Span[]): Cell[] {
  const edges = new Set([0, text.length])
  for (const { start, end } of [...shown, ...marks]) edges.add(start).add(Math.min(end, text.length))
  const places = [...edges].sort((a, b) => a - b)
  const within = (spans: readonly Span[], index: number): boolean =>
    spans.some(({ start, end }) => index >= start && index < end)
  const cells: Cell[] = []
  for (const [index, start] of places.entries()) {
    const end = places[index + 1]
    if (end === undefined || end <= start) continue
    const marked = within(marks, start)
    if (within(shown, start)) cells.push({ text: readable(text.slice(start, end), marked), marked })
    else if (marked) cells.push({ text: end - start === 1 ? "*" : MASK, marked })
    else if (cells.at(-1)?.text !== MASK || cells.at(-1)?.marked === true) cells.push({ text: MASK, marked })
  }
  // What is missing at the end has no character of its own.
  if (within(marks, text.length)) cells.push({ text: " ", marked: true })
  return cells
}

/** One column for each character, whatever it is: else the carets would stand beside what they mean. */
function readable(text: string, marked: boolean): string {
  // A blank that is wrong must be seen.
  const visible = marked && text.trim() === "" ? text.replaceAll(/\s/g, "_") : text
  const plain = visible.replaceAll(/[^\x20-\x7e]/g, "?")
  if (plain.length <= LONGEST_RUN || marked) return plain
  return `${plain.slice(0, LONGEST_RUN / 2)}...${plain.slice(-LONGEST_RUN / 2)}`
}

function draw(cells: readonly Cell[]): MarkedValue {
  const line = cells.map(({ text }) => text).join("")
  const carets = cells.map(({ text, marked }) => (marked ? "^" : " ").repeat(text.length)).join("")
  return Object.freeze({ line: line.trimEnd(), carets: carets.trimEnd() })
}
