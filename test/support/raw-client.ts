import { once } from "node:events"
import { connect, type Socket } from "node:net"

/** One answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A client that sends any bytes and reads what comes. Disposing it cuts its connection. */
export interface RawClient extends Disposable {
  readonly socket: Socket
  /** All that has come, as Latin-1. */
  readonly text: string
  /** Resolves with the first `count` whole answers, whatever comes later; rejects if the server ends before. */
  answers(count: number): Promise<readonly RawAnswer[]>
  /** Takes the next whole answer out of what has come; rejects if the server ends before, or if more has come. */
  nextAnswer(toHead: boolean): Promise<RawAnswer>
  /** Resolves when the server has ended the connection. */
  readonly ended: Promise<void>
}

/** Connects, and sends `bytes` if there are any. */
export async function openRawClient(port: number, bytes?: string | Buffer): Promise<RawClient> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true })
  let text = ""
  let over = false
  socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")))
  // A cut connection is an end like any other here.
  socket.on("error", () => {})
  const ended = new Promise<void>((resolve) => {
    for (const event of ["end", "close"])
      socket.once(event, () => {
        over = true
        resolve()
      })
  })
  await once(socket, "connect")
  if (bytes !== undefined) socket.write(bytes)
  return {
    socket,
    get text() {
      return text
    },
    ended,
    async answers(count) {
      for (;;) {
        const { answers: found } = readAnswers(text)
        if (found.length >= count) return found.slice(0, count)
        if (over) throw new Error(`${found.length} of ${count} answers came before the end:\n${text}`)
        await Promise.race([once(socket, "data"), ended])
      }
    },
    async nextAnswer(toHead) {
      for (;;) {
        const { answers: found, rest } = readAnswers(text, toHead)
        const [answer] = found
        // What was no request has no method: its refusal has a body, even where HEAD was meant.
        const isRefusal = toHead && answer?.headers["connection"] === "close"
        if (answer !== undefined && !isRefusal && (found.length > 1 || rest !== ""))
          throw new Error(`more than one answer came:\n${text}`)
        if (answer !== undefined) {
          text = ""
          return answer
        }
        if (over) throw new Error(`no answer came before the end:\n${text}`)
        await Promise.race([once(socket, "data"), ended])
      }
    },
    [Symbol.dispose]: () => void socket.destroy(),
  }
}

/** Sends bytes, and gives all answers that come until the server ends the connection. */
export async function exchange(port: number, bytes: string | Buffer): Promise<readonly RawAnswer[]> {
  using client = await openRawClient(port, bytes)
  await client.ended
  return readAnswers(client.text).answers
}

/** The whole answers at the start of a text, and what is left; informational ones are passed over. */
function readAnswers(text: string, toHead = false): { readonly answers: RawAnswer[]; readonly rest: string } {
  const answers: RawAnswer[] = []
  let rest = text
  for (;;) {
    const headEnd = rest.indexOf("\r\n\r\n")
    if (headEnd === -1) return { answers, rest }
    const [first = "", ...lines] = rest.slice(0, headEnd).split("\r\n")
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1])
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(":")
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      }),
    )
    const bodyEnd = headEnd + 4 + (toHead ? 0 : Number(headers["content-length"] ?? 0))
    if (rest.length < bodyEnd) return { answers, rest }
    if (status >= 200) answers.push({ status, headers, body: rest.slice(headEnd + 4, bodyEnd) })
    rest = rest.slice(bodyEnd)
  }
}
