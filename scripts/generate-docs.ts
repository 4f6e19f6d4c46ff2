// Writes the pages that are made from the catalogues. `npm run docs`.
import { mkdir, writeFile } from "node:fs/promises"
import { pages } from "./docs/pages.ts"

await mkdir("docs", { recursive: true })
for (const [path, text] of await pages()) {
  await writeFile(path, text)
  process.stdout.write(`${path}\n`)
}
