// The reference implementation at a shell, and for the tests that compare it with the
// one in Go: a request of JSON on each line of the standard input, an answer on each
// of the output.
//
//   echo '{"do":"key"}' | node dist/cli.js

import { createInterface } from 'node:readline'
import { newKey, parse, Phone, verify, windowAt } from './phone.js'
import type { PhoneKey } from './phone.js'

type Request =
  | { do: 'key' }
  | { do: 'code'; key: PhoneKey; strip: string; window?: number }
  | { do: 'verify'; text: string; community_key: string }

function answer(request: Request): unknown {
  switch (request.do) {
    case 'key':
      return newKey()
    case 'code': {
      const phone = new Phone(request.key, request.strip)
      const window = request.window ?? windowAt(Date.now())
      return { code: phone.code(window) ?? null, window }
    }
    case 'verify': {
      const code = parse(request.text)
      return { parsed: code !== undefined, genuine: verify(request.text, request.community_key),
        window: code?.window, first: code?.first, last: code?.last, pass: code?.pass.toString() }
    }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify(answer(JSON.parse(line) as Request)))
  } catch (problem) {
    console.log(JSON.stringify({ error: String(problem) }))
  }
}
