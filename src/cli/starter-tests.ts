/** What `cardea init` writes beside the policy: expectations that hold for any schema, with places to grow. */
export const STARTER_TESTS = `# Verdicts that the policy must give. Run it in CI, and add a case whenever the policy changes:
#   cardea policy test policy.test.yaml --policy policy.yaml --schema schema.json
- name: A read without a table is allowed
  sql: select 1 as one
  expect: allow

- name: Nobody changes the schema
  sql: drop table cards
  expect: deny

- name: Nobody deletes everything
  sql: delete from cards
  expect: deny

- name: Two statements at once are refused
  sql: select 1; select 2
  expect: deny

- name: Nobody hands out privileges
  sql: grant select on all tables in schema public to public
  expect: deny

- name: Nobody reads password hashes
  sql: select rolpassword from pg_catalog.pg_authid
  expect: deny

- name: Nobody touches Cardea's own tables
  sql: select * from cardea_approvals
  expect: deny

# Cases for your own tables. For example:
#
# - name: Support sees card numbers masked, after approval
#   sql: select id, pan from cards where id = $1
#   bindings: [1]
#   as: { subject: alice@corp.example, roles: [support] }
#   expect: require_approval
#   columns: { id: scan, pan: partial }
`
