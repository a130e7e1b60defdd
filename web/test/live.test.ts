import { describe, expect, it } from 'vitest'
import { page } from './page'

page()
const { EventReader } = await import('../shared/live')

describe('a stream of events', () => {
  const stream = 'retry: 3000\n\nid: 1.wait\nevent: visit\ndata: {"a":1}\n\n: here\n\nid: 2.show_code\nevent: visit\ndata: {"a":\ndata: 2}\r\n\r\n'

  it('reads the same wherever the pieces break', () => {
    for (let size = 1; size <= stream.length; size++) {
      const reader = new EventReader()
      const got = []
      for (let i = 0; i < stream.length; i += size) got.push(...reader.read(stream.slice(i, i + size)))
      // A piece may end between \r and \n: that is no end of an event.
      expect(got.map((e) => [e.id, e.name, e.data])).toEqual([['1.wait', 'visit', '{"a":1}'], ['2.show_code', 'visit', '{"a":\n2}']])
      expect(reader.lastId).toBe('2.show_code')
    }
  })
})
