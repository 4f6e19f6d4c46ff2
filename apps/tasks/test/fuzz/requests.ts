import fc from "fast-check"
import { PUBLIC_PAGES } from "../../../../test/support/public-pages.ts"
import type { Operation, Parameter } from "./operations.ts"
import { hostileValue, ODD_DATES, validValue } from "./values.ts"

/**
 * A request, the same for every service: `{task:3}` stands for the id of the service's fourth task, `{cursor:due:cut:7}` for a
 * cursor of its own with the last seven characters gone. All texts are Latin-1, one character a byte.
 */
export interface FuzzRequest {
  readonly method: string
  readonly target: string
  readonly headers: readonly string[]
  readonly body: string
  /** Does the description allow all of it? */
  readonly valid: boolean
}

/** How many tasks there are from the start. */
export const FIRST_TASKS = 24

const bytesOf = (text: string): string => Buffer.from(text).toString("latin1")
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed())

const anyTask = fc.nat({ max: FIRST_TASKS * 2 }).map((index) => `{task:${index}}`)

const HOSTILE_SEGMENTS = [
  "..%2f..%2fetc%2fpasswd",
  "%2e%2e",
  "%00",
  "%ff",
  "%",
  "%zz",
  "%ed%a0%80",
  "__proto__",
  "constructor",
  "a".repeat(101),
  "a".repeat(4000),
  "urn:uuid:{task:0}",
  "{upper:0}",
  "%7B{task:0}%7D",
  "{task:0}%00",
  "{task:0}%20",
  "{task:0};x=1",
  "{task:0}/",
  "{task:0}//complete",
  "'%20or%201=1--",
  "\xe9\xff",
  "0",
  "*",
]

const DETOURS: readonly ((path: string) => string)[] = [
  (path) => `/${path}`,
  (path) => `${path}/`,
  (path) => `/.${path}`,
  (path) => `/docs/..${path}`,
  (path) => `/docs/static/%2e%2e%2f..${path}`,
  (path) => path.toUpperCase(),
  (path) => path.replaceAll("t", "%74"),
  (path) => path.replaceAll("/", "\\"),
  (path) => `http://elsewhere.example${path}`,
  (path) => `${path}#fragment`,
  (path) => `${path};jsessionid=1`,
]

const HOSTILE_QUERIES = [
  "limit=1&limit=2",
  "limit=0",
  "limit=101",
  "limit=1e2",
  "limit=%20%205",
  "limit=Infinity",
  "limit=9007199254740993",
  "limit=",
  "done=1",
  "done=null",
  "done=TRUE",
  "sort=id;drop",
  "sort[]=due",
  "sort=__proto__",
  "q=",
  "q=%00",
  "q=%ED%A0%80",
  "q=%FF%FE",
  "q=%",
  "q=%25%5C_",
  `q=${"x".repeat(201)}`,
  `q=${"x".repeat(9000)}`,
  "__proto__=1",
  "__proto__[done]=true",
  "constructor.prototype.done=true",
  "cursor=",
  "cursor=null",
  "cursor=e30",
  "cursor=W10",
  "cursor=%2e%2e",
  `cursor=${"A".repeat(1001)}`,
  "a=b",
  "&&&===",
  "?",
]

const sorts = ["created", "-created", "updated", "-updated", "due", "-due", "title", "-title"] as const
const cursor = fc
  .tuple(fc.constantFrom(...sorts), fc.constantFrom("keep", "cut", "flip", "type"), fc.nat({ max: 60 }))
  .map(([sort, change, place]) => `sort=${sort}&cursor={cursor:${sort}:${change}:${place}}`)
/** Positions at the end of what a date or a text can be. */
const madeCursor = fc
  .tuple(
    fc.constantFrom(...sorts),
    fc.oneof(hostileValue, fc.constantFrom("+275760-09-13T00:00:00.000Z", "-271821-04-20T00:00:00.000Z")),
  )
  .map(([sort, value]) => {
    const made = JSON.stringify([sort, "0198c8a5-2f5b-7c3e-9f60-1b2c3d4e5f60", value])
    return `sort=${sort}&cursor=${Buffer.from(made).toString("base64url")}`
  })

function validQuery(parameters: readonly Parameter[]): fc.Arbitrary<string> {
  const members = Object.fromEntries(
    parameters.filter(({ name }) => name !== "cursor").map(({ name, schema }) => [name, validValue(schema)]),
  )
  return fc.record(members, { requiredKeys: [] }).map((chosen) =>
    Object.entries(chosen)
      .map(([name, value]) => `${name}=${encoded(String(value))}`)
      .join("&"),
  )
}

function hostileQuery(parameters: readonly Parameter[]): fc.Arbitrary<string> {
  const names = fc.constantFrom(
    "x",
    ...parameters.filter((part) => part.in === "query").map(({ name }) => name),
  )
  const wrong = fc
    .tuple(names, hostileValue)
    .map(([name, value]) => `${name}=${encoded(String(JSON.stringify(value)))}`)
  const part = fc.oneof(fc.constantFrom(...HOSTILE_QUERIES), wrong, cursor, madeCursor)
  return fc.array(part, { maxLength: 3 }).map((parts) => parts.join("&"))
}

const HOSTILE_BODIES = [
  "",
  "null",
  "[]",
  '"text"',
  "0",
  "{",
  "{'title':'a'}",
  "\ufeff{}",
  '{"title":"a","title":"b"}',
  '{"title":"a","__proto__":{"done":true}}',
  '{"title":"a","constructor":{"prototype":{"done":true}}}',
  '{"title":"a","toString":1}',
  '{"title":"\\ud800"}',
  '{"title":"\\u0000"}',
  '{"title":1e999}',
  '{"title":NaN}',
  '{"title":"a","done":-0}',
  "[".repeat(30_000),
  `${'{"title":'.repeat(5000)}1${"}".repeat(5000)}`,
  `{"title":"a","notes":"${"x".repeat(66_000)}"}`,
  ...ODD_DATES.map((date) => JSON.stringify({ title: "a", dueAt: date })),
].map(bytesOf)
/** Bytes that are no UTF-8. */
const BROKEN_TEXTS = [
  '{"title":"\xff\xfe"}',
  '{"title":"\xed\xa0\x80"}',
  '{"title":"\xc0\x80"}',
  "\x1f\x8b\x08",
  "\0{}",
]

function hostileBody(operation: Operation): fc.Arbitrary<string> {
  const texts = fc.constantFrom(...HOSTILE_BODIES, ...BROKEN_TEXTS)
  const { body } = operation
  if (body === null) return fc.oneof(fc.constant(""), texts)
  const names = fc.constantFrom(...Object.keys(body.properties ?? {}), "extra", "__proto__", "id")
  const nearlyValid = fc.tuple(validValue(body), names, hostileValue).map(([value, name, wrong]) => {
    const members = { ...(value as object) }
    Object.defineProperty(members, name, { value: wrong, enumerable: true, configurable: true })
    return bytesOf(JSON.stringify(members))
  })
  return fc.oneof(
    nearlyValid,
    nearlyValid,
    texts,
    hostileValue.map((value) => bytesOf(JSON.stringify(value))),
  )
}

const CONTENT_TYPES = [
  "application/json; charset=utf-8",
  "application/json; charset=utf-16",
  "application/json;;;",
  "APPLICATION/JSON",
  "application/merge-patch+json",
  "text/plain",
  "text/html",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "",
  "nonsense",
  "__proto__",
]

const HOSTILE_HEADERS = [
  "if-match: *",
  'if-match: "x"',
  'if-none-match: W/"x"',
  "if-none-match: *",
  "if-modified-since: Tue, 30 Feb 2027 00:00:00 GMT",
  "if-unmodified-since: x",
  "if-range: x",
  "range: bytes=0-0,1-1,5-",
  "range: bytes=99999999999-",
  "accept: text/nothing",
  "accept-encoding: gzip, br;q=2, *;q=-1",
  "accept-version: 999.0.0",
  "origin: https://elsewhere.example",
  "cookie: __proto__=1; a=\xff",
  "authorization: Basic \xff\xfe",
  "x-forwarded-for: not an address, ::ffff:127.0.0.1, 999.1.1.1",
  "x-forwarded-host: elsewhere.example",
  "x-forwarded-proto: javascript",
  "x-http-method-override: DELETE",
  "x-original-url: /health",
  "__proto__: 1",
  "constructor: 1",
  "expect: 100-continue",
  "expect: nothing",
  "connection: x-forwarded-for, host",
  "upgrade: h2c",
  "te: trailers",
  "transfer-encoding: gzip",
  "content-encoding: gzip",
  "host: second.example",
  `x-long: ${"y".repeat(12_000)}`,
  "x-bytes: \x80\xff",
  "x-bad: a\x01b",
  "no colon",
  ": no name",
]

const hostileHeaders = fc.array(fc.constantFrom(...HOSTILE_HEADERS), { maxLength: 3 })
const oddMethod = fc.constantFrom(
  "HEAD",
  "OPTIONS",
  "TRACE",
  "PUT",
  "QUERY",
  "PROPFIND",
  "DELETE",
  "GET",
  "POST",
  "get",
  "X",
)

function withParts(path: string, id: string, query: string): string {
  const target = path.replace("{id}", id)
  return query === "" ? target : `${target}?${query}`
}

/** Requests that the description allows. */
function validRequests(operation: Operation): fc.Arbitrary<FuzzRequest> {
  const query = operation.parameters.some((part) => part.in === "query")
    ? validQuery(operation.parameters)
    : fc.constant("")
  const id = fc.oneof({ weight: 5, arbitrary: anyTask }, fc.uuid())
  const body = operation.body === null ? fc.constant(null) : validValue(operation.body)
  return fc.record({ id, query, body }).map((parts) => ({
    method: operation.method,
    target: withParts(operation.path, parts.id, parts.query),
    headers: parts.body === null ? [] : ["content-type: application/json"],
    body: parts.body === null ? "" : bytesOf(JSON.stringify(parts.body)),
    valid: true,
  }))
}

/** Requests of which at least one part is not as it should be, or only nearly. */
function hostileRequests(operation: Operation): fc.Arbitrary<FuzzRequest> {
  const one = <T>(often: fc.Arbitrary<T>, seldom: fc.Arbitrary<T>): fc.Arbitrary<T> =>
    fc.oneof({ weight: 3, arbitrary: often }, { weight: 2, arbitrary: seldom })
  return fc
    .record({
      method: fc.oneof({ weight: 9, arbitrary: fc.constant(operation.method) }, oddMethod),
      id: one<string>(anyTask, fc.constantFrom(...HOSTILE_SEGMENTS)),
      detour: fc.oneof(
        { weight: 9, arbitrary: fc.constant((path: string) => path) },
        fc.constantFrom(...DETOURS),
      ),
      query: one(fc.constant(""), hostileQuery(operation.parameters)),
      body: hostileBody(operation),
      type: one<string | null>(fc.constant("application/json"), fc.constantFrom(null, ...CONTENT_TYPES)),
      headers: one<string[]>(fc.constant([]), hostileHeaders),
    })
    .map(({ method, id, detour, query, body, type, headers }) => ({
      method,
      target: detour(withParts(operation.path, id, query)),
      headers: type === null ? headers : [`content-type: ${type}`, ...headers],
      body,
      valid: false,
    }))
}

/** Requests to one operation. */
export function requestsTo(operation: Operation): fc.Arbitrary<FuzzRequest> {
  return fc.oneof(
    { weight: 1, arbitrary: validRequests(operation) },
    { weight: 3, arbitrary: hostileRequests(operation) },
  )
}

/** Requests to anything else: the page, the health routes, the reference, and what is not there. */
export const requestsElsewhere: fc.Arbitrary<FuzzRequest> = fc
  .record({
    method: fc.oneof({ weight: 4, arbitrary: fc.constantFrom("GET", "HEAD") }, oddMethod),
    path: fc.oneof(
      fc.constantFrom(...PUBLIC_PAGES),
      fc.constantFrom(
        "/docs/static/index.html",
        "/docs/static/swagger-ui.css",
        "/docs/json",
        "/docs/yaml",
        "*",
      ),
      fc.constantFrom(...HOSTILE_SEGMENTS).map((segment) => `/docs/static/${segment}`),
      fc.constantFrom(...HOSTILE_SEGMENTS).map((segment) => `/${segment}`),
      fc.webPath(),
      fc.string({ unit: "binary-ascii", maxLength: 30 }).map((text) => `/${text.replaceAll(/[\r\n]/g, "")}`),
    ),
    detour: fc.oneof(
      { weight: 4, arbitrary: fc.constant((path: string) => path) },
      fc.constantFrom(...DETOURS),
    ),
    query: fc.oneof(
      fc.constant(""),
      fc.constantFrom(...HOSTILE_QUERIES).map((query) => `?${query}`),
    ),
    headers: hostileHeaders,
    body: fc.oneof({ weight: 4, arbitrary: fc.constant("") }, fc.constantFrom(...HOSTILE_BODIES)),
  })
  .map(({ path, detour, query, ...rest }) => ({ ...rest, target: detour(path) + query, valid: false }))
