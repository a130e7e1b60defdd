// What is built: small enough, and without what has no business there. Needs the builds.
const fs = require('node:fs')
const path = require('node:path')

const build = (name) => path.join(__dirname, '../dist/build', name)
const files = (folder) => fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((f) => f.isFile()).map((f) => path.join(f.parentPath ?? f.path, f.name))

test('the main package is below the 2 MB that WeChat takes', () => {
  const all = files(build('mp-weixin'))
  expect(all.length).toBeGreaterThan(50)
  expect(all.reduce((sum, f) => sum + fs.statSync(f).size, 0)).toBeLessThan(2 * 1024 * 1024)
})

test('the mini-program knows nothing of the demo', () => {
  for (const f of files(build('mp-weixin')).filter((f) => f.endsWith('.js'))) expect(fs.readFileSync(f, 'utf8')).not.toMatch(/["'`]phone-/)
})

test('the page for browsers has no inline script and asks nobody else', () => {
  const page = fs.readFileSync(path.join(build('h5'), 'index.html'), 'utf8')
  for (const tag of page.match(/<script[^>]*>/g)) expect(tag).toMatch(/ src="\/app\//)
  expect(page).not.toMatch(/ style=| on[a-z]+=/)
  for (const f of files(build('h5'))) expect(fs.readFileSync(f, 'utf8')).not.toMatch(/https?:\/\/[\w.]*(dcloud\.net\.cn\/(img|ah)|alicdn|jsdelivr|unpkg)/)
})
