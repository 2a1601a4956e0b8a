/** What `cardea init` writes: a policy that holds as it stands, with the places to grow marked. */
export const STARTER_POLICY = `# yaml-language-server: $schema=./node_modules/cardea/dist/policy.schema.json
#
# Cardea policy. Whatever no rule allows is refused; deny is stronger than require_approval,
# require_approval is stronger than allow; the order of rules means nothing.
# Check a change with: cardea policy test
version: 1

# One statement at a time, no DDL, writes need approval, card numbers are masked and need approval.
extends: pci-baseline

# Which columns hold protected data. schema.relation.column, * is a wildcard.
# pan: card number. sad: verification code, track, PIN. Any other word is your own.
labels:
  - { column: '*.*.pan', label: pan }
  - { column: '*.*.card_number', label: pan }
  - { column: '*.*.cvv', label: sad }
  - { column: '*.*.cvc', label: sad }
  - { column: '*.*.ssn', label: ssn }

# How a labelled column looks when it is selected directly. pan: partial, last4 or redact.
# Other labels: redact (the default), last4, null or keep.
maskers:
  pan: partial
  ssn: last4

# What no statement may exceed, where a rule does not say otherwise.
limits:
  maxRows: 1000
  maxAffectedRows: 100
  timeout: 15s
  approval:
    # approvers: [dba]        # roles or groups; anyone whom the channel authenticates, if left out
    # amr: [mfa]              # how approvers must have signed in, if your identity provider tells
    # ticketRequired: true    # each answer names a ticket
    reasonRequired: true
    decideWithin: 15m
    useWithin: 5m
    coolDown: 10m             # after a denial, before the same is asked again
    maxPerHour: 30            # requests of one requester

# Your own rules, beside the baseline's. For example:
#
# rules:
#   - id: freeze-december
#     effect: deny
#     reason: No changes before the holidays.
#     when:
#       kind: [insert, update, delete, merge]
#       freeze: { from: '2026-12-18T00:00:00+01:00', to: '2027-01-04T00:00:00+01:00' }
#
# Lift one baseline rule under conditions, with a reason that an assessor can read:
#
# exceptions:
#   - id: support-sees-masked-cards
#     lifts: pci/pan-output
#     when: { principal: { roles: support }, column: public.cards.pan }
#     reason: Support confirms the last four digits with the card holder.
#
# Show a column in clear to a role with a documented need (PCI DSS 3.4.1):
#
# unmask:
#   - id: chargeback-desk
#     columns: public.cards.pan
#     roles: chargeback
#     reason: Chargeback forms need the whole number.
`
