import { benchDjango } from './check/django.ts'
import { benchFacts } from './check/facts.ts'
import { benchFiles } from './check/files.ts'

/** What a check takes: of files beside another linter, of a Django project beside Django's own command, and of a large database. */
export async function benchCheck(): Promise<boolean> {
  let good = true
  for (const bench of [benchFiles, benchDjango, benchFacts]) good = (await bench()) && good
  return good
}
