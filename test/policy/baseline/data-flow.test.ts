import { email, facts, pan, ssn, write } from '../facts.js'
import { describeRule } from './kit.js'

describeRule('pci/data-flow', {
  matches: {
    all: [
      [
        'pan into notes',
        { ...write('insert'), flows: [{ from: pan, to: 'public.notes.body', labels: ['pan'] }] },
      ],
      [
        'a changed pan into a pan',
        {
          ...write('update', { scope: 'keyed' }),
          flows: [{ from: pan, to: 'public.cards.pan', labels: ['pan'], changed: true }],
        },
      ],
      ['ssn into the session', facts({ flows: [{ from: ssn, to: 'session', labels: ['ssn'] }] })],
      [
        'email into a function that acts',
        facts({ flows: [{ from: email, to: 'function f', labels: ['email'] }] }),
      ],
    ],
  },
  passes: {
    all: [
      ['nothing flows', write('insert')],
      [
        'a changed email into an email',
        {
          ...write('update', { scope: 'keyed' }),
          flows: [{ from: email, to: 'public.customers.email', labels: ['email'], changed: true }],
        },
      ],
    ],
  },
})
