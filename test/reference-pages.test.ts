import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { emulatorPage } from './support/emulator-page.ts'
import { referencePages } from './support/reference-pages.ts'
import { rulePages } from './support/rule-pages.ts'

// `npm run docs` writes the pages anew; everywhere else a page that is stale or missing fails.
test.each(Object.entries(referencePages()))('docs/reference/%s is what the code says', async (name, page) => {
  await expect(page).toMatchFileSnapshot(`../docs/reference/${name}`)
})

const pages = await rulePages()

test.each(Object.entries(pages))('docs/rules/%s is what the rules say', async (name, page) => {
  await expect(page).toMatchFileSnapshot(`../docs/rules/${name}`)
})

test('docs/rules has no page of a rule that is gone', async () => {
  expect((await readdir('docs/rules')).filter((name) => !(name in pages))).toEqual([])
})

test('docs/emulator.md lists the settings that the code has', async () => {
  const page = emulatorPage(new URL('../docs/emulator.md', import.meta.url))
  await expect(page).toMatchFileSnapshot('../docs/emulator.md')
})
