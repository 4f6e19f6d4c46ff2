import { format, resolveConfig } from "prettier"
import { errorsPage } from "./errors-page.ts"
import { findingsPage } from "./findings-page.ts"
import { portabilityPage } from "./portability-page.ts"
import { settingsPage } from "./settings-page.ts"

/** The generated pages: path from the repository's root, and the text that belongs there. */
export async function pages(): Promise<ReadonlyMap<string, string>> {
  const made = {
    errors: errorsPage(),
    findings: findingsPage(),
    portability: await portabilityPage(),
    settings: settingsPage(),
  }
  const options = await resolveConfig("docs/errors.md")
  const formatted = Object.entries(made).map(async ([name, text]): Promise<[string, string]> => [
    `docs/${name}.md`,
    await format(text, { ...options, parser: "markdown" }),
  ])
  return new Map(await Promise.all(formatted))
}
