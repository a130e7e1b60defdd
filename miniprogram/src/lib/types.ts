import type { components } from './contract'

/** The nouns of the contract, by their names in openapi.yaml. */
export type Schemas = components['schemas']

/** One page of a list. */
export interface Paged<T> {
  items: T[]
  next_cursor: string | null
}
