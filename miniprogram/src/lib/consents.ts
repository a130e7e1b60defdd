import { at, get, newKey, post, remove } from './client'
import type { Schemas } from './types'

export type Consent = Schemas['Consent']

export const listConsents = async (): Promise<Consent[]> => (await get<Schemas['ConsentList']>('/v1/me/consents')).items
export const consentTo = async (purpose: Consent['purpose']): Promise<Consent | undefined> => (await listConsents()).find((c) => c.purpose === purpose)

// What is agreed to is the text that was shown, by its version.
let channel: Schemas['ConsentRequest']['channel'] = 'miniprogram'
// #ifdef H5
channel = 'web'
// #endif

export const agree = (c: Consent): Promise<Consent> => post('/v1/me/consents', { purpose: c.purpose, text_version: c.text_version, channel }, newKey())
export const withdraw = (c: Consent): Promise<void> => remove(at`/v1/me/consents/${c.purpose}`)
