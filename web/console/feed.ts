/** keepNewest joins what is shown with what has come: each id once, the newest first, and
 * no more than so many. A row that comes again replaces the old one. */
export function keepNewest<T extends { id: string }>(shown: T[], come: T[], most: number): T[] {
  const all = new Map([...shown, ...come].map((row) => [row.id, row]))
  return [...all.values()].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, most)
}
