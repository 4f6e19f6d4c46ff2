/** What is used of a JSON Schema in the service's own description. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly format?: string
  readonly minProperties?: number
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
}

/** A parameter of a path or a query. */
export interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly schema: Schema
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
}

interface OperationObject {
  readonly operationId: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content>>
}

/** The service's description of itself, as `/openapi.json` has it. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>
  readonly components: object
}

/** One operation of the description. */
export interface Operation {
  readonly id: string
  /** In capitals. */
  readonly method: string
  /** With its places: `/tasks/{id}`. */
  readonly path: string
  readonly parameters: readonly Parameter[]
  readonly body: Schema | null
  /** By status; null where no body is described. */
  readonly responses: ReadonlyMap<number, Schema | null>
}

/** All operations of a description. */
export function operationsOf({ paths }: OpenApi): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters = [], requestBody, responses }]) => ({
      id: operationId,
      method: method.toUpperCase(),
      path,
      parameters,
      body: schemaOf(requestBody),
      responses: new Map(
        Object.entries(responses).map(([status, response]) => [Number(status), schemaOf(response)]),
      ),
    })),
  )
}

function schemaOf(part: Content | undefined): Schema | null {
  return Object.values(part?.content ?? {})[0]?.schema ?? null
}
