import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { parseSync, type ExportNamedDeclaration, type Program } from "oxc-parser"

/** One public name and its declaration, as the published types have it. */
export interface PublicName {
  readonly name: string
  readonly declaration: string
}

/** What a declaration file exports, re-exports followed to where they are declared. Sorted by name. */
export function publicSurface(file: string): readonly PublicName[] {
  const { program, text } = parse(file)
  const found = program.body.flatMap((node): PublicName[] => {
    if (node.type === "ExportAllDeclaration") return [...publicSurface(beside(file, node.source.value))]
    if (node.type !== "ExportNamedDeclaration") return []
    if (node.declaration !== null)
      return namesOf(node).map((name) => ({ name, declaration: declared(text, node) }))
    return node.specifiers.flatMap((specifier) => {
      const [local, name] = [nameOf(specifier.local), nameOf(specifier.exported)]
      const from = node.source === null ? file : beside(file, node.source.value)
      const target = node.source === null ? localDeclaration(program, text, local) : lookUp(from, local)
      return [{ name, declaration: target ?? `${name}: not found` }]
    })
  })
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function lookUp(file: string, name: string): string | undefined {
  return publicSurface(file).find((entry) => entry.name === name)?.declaration
}

function localDeclaration(program: Program, text: string, name: string): string | undefined {
  const node = program.body.find(
    (statement) => "id" in statement && statement.id !== null && nameOf(statement.id) === name,
  )
  return node === undefined ? undefined : text.slice(node.start, node.end)
}

function declared(text: string, node: ExportNamedDeclaration): string {
  return text.slice(node.start, node.end).replace(/^export (declare )?/, "")
}

function namesOf({ declaration }: ExportNamedDeclaration): string[] {
  if (declaration === null) return []
  if (declaration.type === "VariableDeclaration") return declaration.declarations.map(({ id }) => nameOf(id))
  return "id" in declaration && declaration.id !== null ? [nameOf(declaration.id)] : []
}

function nameOf(node: object): string {
  return "name" in node ? String(node.name) : "value" in node ? String(node.value) : ""
}

/** The declaration file that a specifier means; declarations keep the sources' `.ts`. */
function beside(file: string, specifier: string): string {
  return join(dirname(file), specifier.replace(/\.(ts|js)$/, ".d.ts"))
}

function parse(file: string): { readonly program: Program; readonly text: string } {
  const text = readFileSync(file, "utf8")
  return { program: parseSync(file, text).program, text }
}
