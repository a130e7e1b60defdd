const SHEET = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

/** mediaType goes by the name of a file: Windows without Excel knows no type for .xlsx,
 * and calls .csv a spreadsheet where it is installed. */
export function mediaType(name: string): string {
  return /\.csv$/i.test(name) ? 'text/csv' : SHEET
}
