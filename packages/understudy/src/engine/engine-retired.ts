/**
 * An engine that is about to stop serving has refused a write: nothing was sent, and the one that serves next takes it.
 * Never seen outside: who meets it asks the source again.
 */
export class EngineRetired extends Error {
  override readonly name = "EngineRetired"

  constructor() {
    super("the engine takes no more writes")
  }
}
