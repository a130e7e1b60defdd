import { at, get, post } from './client'
import type { Paged, Schemas } from './types'

/** What a resident has reported, and how it goes on. */
export type OwnIncident = Schemas['OwnIncident']
export type ReportKind = Schemas['IncidentReportKind']

export const reportKinds = ['fire', 'gas', 'water', 'medical', 'intrusion', 'lift', 'dispute', 'noise', 'facility', 'other'] as const satisfies readonly ReportKind[]

/** listReports gives what was reported, newest first. */
export const listReports = (cursor = ''): Promise<Paged<OwnIncident>> => get(`/v1/me/incidents?limit=50${cursor ? at`&cursor=${cursor}` : ''}`)
export const report = (what: Schemas['IncidentReport']): Promise<OwnIncident> => post('/v1/me/incidents', what)
