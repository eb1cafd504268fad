import { expect, test } from 'vitest'
import { emulatorPage } from './support/emulator-page.ts'
import { referencePages } from './support/reference-pages.ts'

// `npm run docs` writes the pages anew; everywhere else a page that is stale or missing fails.
test.each(Object.entries(referencePages()))('docs/reference/%s is what the code says', async (name, page) => {
  await expect(page).toMatchFileSnapshot(`../docs/reference/${name}`)
})

test('docs/emulator.md lists the settings that the code has', async () => {
  const page = emulatorPage(new URL('../docs/emulator.md', import.meta.url))
  await expect(page).toMatchFileSnapshot('../docs/emulator.md')
})
