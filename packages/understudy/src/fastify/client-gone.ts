/** Why a request's session is cut short: nobody waits for the answer. Nobody's fault, and nothing for the log. */
export class ClientGone extends Error {
  override readonly name = "ClientGone"

  constructor() {
    super("The client went away.")
  }
}
