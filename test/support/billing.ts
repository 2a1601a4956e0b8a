/** What the governed doors of tests stand before: cards, which a bot sees masked, and payments, which it settles. */
export const PAN = '4111111111111111'

export const POLICY = `
version: 1
extends: pci-baseline
labels:
  - { column: '*.cards.pan', label: pan }
exceptions:
  - { id: see-cards, lifts: pci/pan-output, when: { column: '*.cards.pan' }, reason: the bot sees masked cards }
  - { id: settle, lifts: pci/write-approval, when: { kind: update, writes: public.payments }, reason: the bot settles payments }
`

export const TABLES = `
create table cards (id int primary key, pan text);
insert into cards values (1, '${PAN}'), (2, '5500005555555559');
create table payments (id int primary key, status text, amount int);
insert into payments select n, 'open', n from generate_series(1, 20) n;
`
