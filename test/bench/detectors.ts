/**
 * `npm run bench -- detectors`: what the detectors find and leave alone on the development corpus, and what they
 * cost, beside redactors from the npm registry. Needs the registry on its first run.
 */

import { readCorpus } from '../masking/corpus/corpus.js'
import { type Accuracy, accuracy } from './detectors-accuracy.js'
import { longText, mixedCells } from './detectors-cells.js'
import { openPeers, ownRedactor, type Redactor } from './detectors-peers.js'
import { maskedRowsSection } from './detectors-rows.js'
import { alternate, type Contestant, type Measured } from './rounds.js'
import type { Section } from './section.js'

const OWN = 'cardea'

/** @param quick a few rounds of each, to see that it works. */
export async function detectorSections(quick: boolean): Promise<Section[]> {
  const own = ownRedactor(OWN)
  const redactors = [own, ...(await openPeers())]
  const corpus = readCorpus()
  const found = new Map<string, Accuracy>()
  for (const redactor of redactors) found.set(redactor.name, await accuracy(redactor, corpus))
  const cells = corpus.map(({ text }) => text)
  const evasive = corpus.filter(({ kind }) => kind.startsWith('hard:')).map(({ text }) => text)
  const megabyte = longText(1_000_000)
  const rounds = quick ? 3 : 9
  const each = (texts: readonly string[], times: number): Promise<Measured[]> =>
    alternate(
      redactors.map(redactor => over(redactor, texts)),
      { baselines: 1, rounds, times: quick ? Math.ceil(times / 10) : times },
    )
  return [
    {
      title: 'lines of the development corpus',
      target: 'pos ≥ 99.5 %, hard ≥ 97.5 %, sad 100 %, enc ≥ 65 %, false positives on neg ≤ 0.5 %',
      results: await each(cells, 4_000),
      figures: Object.fromEntries(found),
      notes: table(found),
    },
    {
      title: '200,000 short mixed cells',
      target: '≥ 1,000,000 cells per second',
      most: 1,
      results: await each(mixedCells(200_000), 20_000),
    },
    {
      title: 'evasive text',
      target: '≥ 1,000,000 cells per second',
      most: 1,
      results: await each(evasive, 4_000),
    },
    {
      title: 'long text, by the megabyte',
      target: '≥ 30 MB per second',
      most: 1_000_000 / 30,
      results: await each([megabyte], quick ? 1 : 4),
    },
    await maskedRowsSection(quick),
  ]
}

/** The texts in turn. */
function over({ name, redact }: Redactor, texts: readonly string[]): Contestant {
  let index = 0
  const run = async (times: number): Promise<void> => {
    for (let done = 0; done < times; done++) {
      const text = texts[index++ % texts.length] ?? ''
      try {
        const redacted = redact(text)
        if (typeof redacted !== 'string') await redacted
      } catch {
        // Counted where accuracy is measured.
      }
    }
  }
  return { name, run }
}

/** Percentages, one line for each redactor. */
function table(found: ReadonlyMap<string, Accuracy>): string[] {
  const columns = ['pos', 'hard', 'enc', 'sad', 'neg', 'amb', 'precision', 'exceptions'] as const
  const line = (name: string, cells: readonly string[]): string =>
    name.padEnd(34) + cells.map(cell => cell.padStart(11)).join('')
  return [
    'Recall of pos, hard, enc and sad; lines of neg and amb that were changed; precision; in percent:',
    line('', columns),
    ...[...found].map(([name, figures]) =>
      line(
        name,
        columns.map(column => String(figures[column])),
      ),
    ),
  ]
}
