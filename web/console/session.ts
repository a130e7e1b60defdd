import { StaffSession } from '../shared/staff'

/** The one sign-in of this page, and the one way in which it calls the server. */
export const session = new StaffSession()
export const client = session.client
