/** The forms that the contract asks for, so that a slip is said at once. The server
 * checks again. */
export const PHONE = /^1[3-9][0-9]{9}$/
export const PLATE = /^[A-Z0-9\u4e00-\u9fff]{5,10}$/
