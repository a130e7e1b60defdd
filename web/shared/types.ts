import type { components } from './contract'

/** The nouns of the contract, by their names in openapi.yaml. */
export type Schemas = components['schemas']
