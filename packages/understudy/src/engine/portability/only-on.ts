import type {
  KyselyPlugin,
  PluginTransformQueryArgs,
  PluginTransformResultArgs,
  QueryResult,
  RootOperationNode,
  UnknownRow,
} from "kysely"
import type { EngineDialect } from "../contract.ts"

/** Known to every copy of this library that a program may have loaded. */
const MEANT_FOR: unique symbol = Symbol.for("understudy.meantFor")

type MarkedNode = RootOperationNode & { readonly [MEANT_FOR]?: EngineDialect }

class OnlyOnPlugin implements KyselyPlugin {
  readonly #dialect: EngineDialect

  constructor(dialect: EngineDialect) {
    this.#dialect = dialect
  }

  transformQuery({ node }: PluginTransformQueryArgs): RootOperationNode {
    return Object.assign({ ...node }, { [MEANT_FOR]: this.#dialect })
  }

  transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return Promise.resolve(result)
  }
}

/**
 * Marks queries as meant for one engine alone, so that nobody asks whether the other one could run them:
 * `db.kysely.withPlugin(onlyOn("postgresql"))`. On the other engine they are refused with `UNDERSTUDY_NOT_PORTABLE`.
 * It has to be the last plugin: others make queries anew.
 */
export function onlyOn(dialect: EngineDialect): KyselyPlugin {
  return new OnlyOnPlugin(dialect)
}

/** The engine that a query is meant for; undefined where it is meant for both. */
export function meantFor(node: RootOperationNode): EngineDialect | undefined {
  return (node as MarkedNode)[MEANT_FOR]
}
