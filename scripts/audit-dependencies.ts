// Looks for known high or critical findings in what is installed for production: `npm run audit`. Ends with 1 if there are
// any, and if the registry could not be asked; a registry that has no such service is told in a line of its own.
import { execFile } from "node:child_process"
import { promisify } from "node:util"

/** The registry is there, and has no service for audits. */
const NOT_OFFERED = [404, 405, 501]

interface Audit {
  /** By package. */
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string }>>
  readonly metadata?: {
    readonly vulnerabilities: Readonly<Record<string, number>>
    readonly dependencies: Readonly<Record<string, number>>
  }
  /** Where there is no answer: what was asked, and the status that came, if one came. */
  readonly message?: string
  readonly uri?: string
  readonly statusCode?: number
}

async function askRegistry(): Promise<string> {
  const args = ["audit", "--omit=dev", "--audit-level=high", "--json"]
  try {
    return (await promisify(execFile)("npm", args, { maxBuffer: 64 * 1024 * 1024 })).stdout
  } catch (error) {
    // npm ends with 1 for findings and for failures alike; its output tells which.
    return (error as { stdout?: string }).stdout ?? ""
  }
}

function parse(output: string): Audit {
  try {
    return JSON.parse(output) as Audit
  } catch {
    return { message: `npm audit said nothing that can be read: ${output}` }
  }
}

/** What is to be said, and the exit code. */
function judge({ vulnerabilities, metadata, message, uri, statusCode }: Audit): readonly [string, number] {
  if (metadata === undefined || vulnerabilities === undefined) {
    if (statusCode !== undefined && NOT_OFFERED.includes(statusCode))
      return [`note: NOT AUDITED, the registry offers no audit: ${statusCode} of ${uri ?? "it"}`, 0]
    return [`The audit failed: ${message ?? "no answer"}`, 1]
  }
  const counts = Object.entries(metadata.vulnerabilities)
    .map(([severity, count]) => `${severity} ${count}`)
    .join(", ")
  const grave = Object.entries(vulnerabilities)
    .filter(([, { severity }]) => severity === "high" || severity === "critical")
    .map(([name, { severity }]) => `${name}: ${severity}`)
  return [
    [...grave, `${metadata.dependencies["prod"] ?? 0} packages for production: ${counts}`].join("\n"),
    grave.length === 0 ? 0 : 1,
  ]
}

const [words, code] = judge(parse(await askRegistry()))
process.stdout.write(`${words}\n`)
process.exitCode = code
