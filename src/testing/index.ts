/** `cardea/testing`: the promises of the ports as tests for any runner, and a policy for transparency tests. */
export { allowAllPolicy } from './allow-all-policy.js'
export {
  type ApprovalProviderContractOptions,
  type ApprovalProviderUnderTest,
  approvalProviderContract,
} from './approval-provider-contract.js'
export {
  type ApprovalStoreContractOptions,
  type ApprovalStoreUnderTest,
  approvalStoreContract,
} from './approval-store-contract.js'
export {
  type AuditSinkContractOptions,
  type AuditSinkUnderTest,
  auditSinkContract,
} from './audit-sink-contract.js'
export {
  type BudgetStoreContractOptions,
  type BudgetStoreUnderTest,
  budgetStoreContract,
} from './budget-store-contract.js'
export type { TestFunction } from './test-function.js'
