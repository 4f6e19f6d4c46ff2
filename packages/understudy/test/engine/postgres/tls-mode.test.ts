import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { sslModeOf, UnknownSslModeError } from "../../../src/engine/postgres/tls-mode.ts"
import { TLS_FINDINGS } from "../../../src/errors/findings/tls-findings.ts"
import { read } from "../../url/plain-verdict.ts"
import { MODES, TLS_CASES } from "./tls-cases.ts"

const PAGE = readFileSync("docs/tls.md", "utf8")

it.each([
  ["localhost", "prefer"],
  ["127.0.0.1", "prefer"],
  ["::1", "prefer"],
  ["10.1.2.3", "prefer"],
  ["172.16.0.1", "prefer"],
  ["192.168.1.1", "prefer"],
  ["fd00::1", "prefer"],
  ["postgres", "prefer"],
  ["db.railway.internal", "prefer"],
  ["printer.local", "prefer"],
  ["db.team.svc", "prefer"],
  ["db.team.svc.cluster.local", "prefer"],
  ["db.example.com", "require"],
  ["172.32.0.1", "require"],
  ["8.8.8.8", "require"],
  ["2001:db8::1", "require"],
  ["svc.example.com", "require"],
  ["10.example.com", "require"],
  ["FDAB:1::2", "prefer"],
  ["fc::1", "require"],
  ["fd::1", "require"],
  ["fe80::1", "require"],
  ["134744072", "require"],
  ["0x08080808", "require"],
  ["0X8080808.", "require"],
  ["127.1", "require"],
  ["db.svc.example.com", "require"],
  ["db.team.svc.example.com", "require"],
  ["db.team.svc.", "prefer"],
  ["db0x8", "prefer"],
  ["/run/postgresql", "disable"],
])("promise 1: without sslmode, %s is dialled with %s", (host, mode) => {
  expect(sslModeOf({}, host)).toBe(mode)
  expect(sslModeOf({ sslmode: "" }, host)).toBe(mode)
})

/** As the engine gets them: from a URL that was read. */
function modeOf(query: string, host = "postgres"): string {
  const { parts } = read(`postgresql://u:p@${host}/db?${query}`)
  if (parts === null) throw new Error("it is read")
  return sslModeOf(parts.params, host)
}

it.each([
  ["sslMode=verify-full", "verify-full"],
  ["SSLMODE=VERIFY-CA", "verify-ca"],
  ["sslRootCert=system", "verify-full"],
  ["ssl=verify-full", "verify-full"],
  ["ssl=verify-ca", "verify-ca"],
  ["ssl=require", "require"],
  ["ssl=true", "require"],
  ["SSL=True", "require"],
  ["ssl=1", "require"],
  ["ssl=no-verify", "require"],
  ["ssl=disable", "disable"],
  ["ssl=false", "prefer"],
  ["sslaccept=strict", "verify-full"],
  ["sslaccept=accept_invalid_certs", "require"],
  ["sslmode=prefer&sslaccept=strict", "verify-full"],
  ["sslmode=require&ssl=verify-ca", "verify-ca"],
  ["sslmode=require&sslaccept=accept_invalid_certs", "require"],
  ["sslmode=verify-full&sslaccept=accept_invalid_certs", "verify-full"],
  ["sslmode=verify-full&ssl=true", "verify-full"],
  ["sslmode=prefer&ssl=true", "prefer"],
  ["sslmode=disable&ssl=true", "disable"],
  ["sslmode=disable&sslaccept=strict", "disable"],
])("promise 1: %s is %s, and never less", (query, mode) => expect(modeOf(query)).toBe(mode))

it("promise 1: without a mode, ssl=false lowers nothing on a public host", () => {
  expect(modeOf("ssl=false", "db.example.com")).toBe("require")
})

it.each(["sslmode=verify_full", "ssl=verified", "sslaccept=sometimes", "sslmode=disable&ssl=verify_full"])(
  "promise 2: no mode is guessed from %s",
  (query) => expect(() => modeOf(query)).toThrow(UnknownSslModeError),
)

/** The cells of a Markdown table's rows, without the head. */
function tableAfter(heading: string): string[][] {
  const [, text = ""] = PAGE.split(`## ${heading}\n`)
  const rows = text.split("\n## ")[0]?.match(/^\|.*\|$/gm) ?? []
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.replaceAll("`", "").trim()),
  )
}

/** What the tests on real servers find. */
function foundOn(server: string, params?: string): readonly string[] {
  const row = TLS_CASES.find(
    (each) => each.server === server && each.params === params && each.modes === undefined,
  )
  if (row === undefined) throw new Error(`no case of ${server}`)
  return row.outcomes
}

it("promise 2: the page on TLS says of each mode what the tests find", () => {
  const ca = "sslrootcert=$/ca.crt"
  const columns = [
    foundOn("no TLS"),
    foundOn("self-signed"),
    foundOn("signed by the CA", ca),
    foundOn("another host's", ca),
    foundOn("expired", ca),
  ]
  expect(tableAfter("The modes")).toEqual(
    MODES.map((mode, index) => [mode, ...columns.map((outcomes) => outcomes[index])]),
  )
})

it("promise 2: the page on TLS names every finding of TLS", () => {
  const named = tableAfter("When it fails").map(([code]) => code)
  expect(named.toSorted()).toEqual(Object.keys(TLS_FINDINGS).toSorted())
})
