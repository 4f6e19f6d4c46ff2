import type { FastifyInstance, FastifyTypeProvider, RawServerDefault } from "fastify"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { FastifyBaseLogger } from "fastify"
import type { XStatic } from "typebox/schema"

/** Types a route's request from its JSON Schemas. */
export interface SchemaTypes extends FastifyTypeProvider {
  readonly validator: XStatic<this["schema"]>
  readonly serializer: XStatic<this["schema"]>
}

/** Fastify whose routes are typed from their schemas. */
export type TypedApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  SchemaTypes
>
