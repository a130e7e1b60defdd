import type { Client } from './client'
import { Problem } from './problem'

/** One event of a stream (text/event-stream). */
export interface LiveEvent {
  id: string
  name: string
  data: string
}

/** EventReader cuts a stream of text into events, wherever the pieces break. */
export class EventReader {
  private rest = ''
  /** The id of the last event, with which a client comes back. */
  lastId = ''

  /** read takes the next piece and gives the events that are whole. */
  read(piece: string): LiveEvent[] {
    this.rest += piece
    const out: LiveEvent[] = []
    for (;;) {
      const end = /\r?\n\r?\n/.exec(this.rest)
      if (!end) return out
      const block = this.rest.slice(0, end.index)
      this.rest = this.rest.slice(end.index + end[0].length)
      const event = this.event(block)
      if (event) out.push(event)
    }
  }

  private event(block: string): LiveEvent | undefined {
    let name = 'message'
    const data: string[] = []
    for (const line of block.split(/\r?\n/)) {
      const colon = line.indexOf(':')
      if (colon === 0) continue
      const field = colon < 0 ? line : line.slice(0, colon)
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
      if (field === 'event') name = value
      else if (field === 'data') data.push(value)
      else if (field === 'id') this.lastId = value
    }
    return data.length > 0 ? { id: this.lastId, name, data: data.join('\n') } : undefined
  }
}

/** A stream that has said nothing for so long is taken for dead; the server says
 * every 15 s that it lives. */
const SILENCE = 40_000

/**
 * follow keeps a stream open and comes back with the last id when it breaks. Where a
 * browser or a proxy cannot stream, or the network is bad, look is called every so
 * often in its place. It ends with the signal, or by throwing a Problem that waiting
 * does not mend, such as a token that is no longer good.
 */
export async function follow(client: Client, path: string, signal: AbortSignal, on: (e: LiveEvent) => void, look: () => Promise<void>, everySeconds: number): Promise<void> {
  const reader = new EventReader()
  while (!signal.aborted) {
    try {
      await once(client, path, signal, reader, on)
    } catch (thrown) {
      if (signal.aborted) return
      final(thrown)
    }
    if (await pause(everySeconds * 1000, signal)) return
    try {
      await look()
    } catch (thrown) {
      if (signal.aborted) return
      final(thrown)
    }
  }
}

function final(thrown: unknown): void {
  if (thrown instanceof Problem && !thrown.unanswered && thrown.status !== 429 && thrown.status < 500) throw thrown
}

async function once(client: Client, path: string, signal: AbortSignal, reader: EventReader, on: (e: LiveEvent) => void): Promise<void> {
  const dead = new AbortController()
  const stop = () => dead.abort()
  signal.addEventListener('abort', stop)
  let timer = setTimeout(stop, SILENCE)
  try {
    const headers: Record<string, string> = { Accept: 'text/event-stream' }
    if (reader.lastId) headers['Last-Event-ID'] = reader.lastId
    const answer = await client.open(path, { headers, signal: dead.signal })
    const body = answer.body?.getReader()
    if (!body) return
    const text = new TextDecoder()
    for (;;) {
      const { done, value } = await body.read()
      if (done) return
      clearTimeout(timer)
      timer = setTimeout(stop, SILENCE)
      for (const e of reader.read(text.decode(value, { stream: true }))) on(e)
    }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    dead.abort()
  }
}

/** pause waits, and says whether it was ended by the signal. */
export function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(true)
    const timer = setTimeout(end, ms)
    function end() {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve(signal.aborted)
    }
    signal.addEventListener('abort', end)
  })
}
