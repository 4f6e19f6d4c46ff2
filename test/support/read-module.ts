import { posix } from "node:path"
import { parseSync, Visitor, type Program } from "oxc-parser"

/** What the architecture's rules look at in one source file. */
export interface SourceModule {
  /** The path from the repository's root, with `/`. */
  readonly path: string
  readonly lines: number
  /** The specifiers of all imports and re-exports, type imports, `import()` and `import("…")` types included. */
  readonly imports: readonly string[]
  /** Is every statement a re-export? */
  readonly onlyReExports: boolean
  readonly usesConsole: boolean
  readonly usesProcessEnv: boolean
}

/** Reads one source file with a real parser. */
export function readModule(path: string, text: string): SourceModule {
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  return {
    path,
    lines: text.split("\n").length - 1,
    onlyReExports: program.body.every(
      (node) =>
        node.type === "ExportAllDeclaration" ||
        (node.type === "ExportNamedDeclaration" && node.source !== null),
    ),
    ...look(program),
  }
}

function look(program: Program): Pick<SourceModule, "imports" | "usesConsole" | "usesProcessEnv"> {
  const imports: string[] = []
  let usesConsole = false
  let usesProcessEnv = false
  const add = (source: { readonly value?: unknown } | null): void => {
    if (typeof source?.value === "string") imports.push(source.value)
  }
  new Visitor({
    ImportDeclaration: ({ source, specifiers }) => {
      add(source)
      const named = specifiers.some(
        (entry) => entry.type === "ImportSpecifier" && nameOf(entry.imported) === "env",
      )
      if (source.value === "node:process" && named) usesProcessEnv = true
      if (source.value === "node:console") usesConsole = true
    },
    ExportNamedDeclaration: ({ source }) => add(source),
    ExportAllDeclaration: ({ source }) => add(source),
    ImportExpression: ({ source }) => add(source as { value?: unknown }),
    TSImportType: ({ source }) => add(source),
    MemberExpression: (node) => {
      if (node.object.type !== "Identifier") return
      const property =
        "name" in node.property ? node.property.name : "value" in node.property ? node.property.value : ""
      if (node.object.name === "process" && property === "env") usesProcessEnv = true
      if (node.object.name === "globalThis" && property === "console") usesConsole = true
    },
    Identifier: ({ name }) => {
      if (name === "console") usesConsole = true
    },
    VariableDeclarator: ({ id, init }) => {
      const ofProcess = init?.type === "Identifier" && init.name === "process" && id.type === "ObjectPattern"
      if (!ofProcess) return
      const keys = id.properties.map((property) =>
        property.type === "Property" ? nameOf(property.key) : "...",
      )
      if (keys.includes("env") || keys.includes("...")) usesProcessEnv = true
    },
  }).visit(program)
  return { imports, usesConsole, usesProcessEnv }
}

function nameOf(node: object): unknown {
  return "name" in node ? node.name : "value" in node ? node.value : undefined
}

/** The path that a relative import means; null for a package. */
export function resolveImport(from: string, specifier: string): string | null {
  return specifier.startsWith(".") ? posix.join(posix.dirname(from), specifier) : null
}
