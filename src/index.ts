/**
 * PCI DSS controls between AI agents and production databases.
 *
 * @module
 */

export type { ApprovalChannel, Conclusion } from './approval/approval-channel.js'
export type { ApprovalEntry, ApprovalState, Review } from './approval/approval-entry.js'
export type { ApprovalCallback, ApprovalContext, ApprovalProvider } from './approval/approval-provider.js'
export type { Answered, ApprovalQueue, ApprovalView, ViewFilter } from './approval/approval-queue.js'
export type { ApprovalStore, EntryFilter } from './approval/approval-store.js'
export type { HttpChannel } from './approval/channels/http-channel.js'
export { type InboxApprovalOptions, inboxApproval } from './approval/channels/inbox/inbox.js'
export type { Authenticate } from './approval/channels/person.js'
export { type ApprovalServer, type ServeApprovalsOptions, serveApprovals } from './approval/channels/serve.js'
export type { People } from './approval/channels/slack/people.js'
export { type SlackApprovalOptions, slackApproval } from './approval/channels/slack/slack.js'
export { type TeamsApprovalOptions, teamsApproval } from './approval/channels/teams/teams.js'
export { type WebhookApprovalOptions, webhookApproval } from './approval/channels/webhook/webhook.js'
export { callbackApproval } from './approval/providers/callback.js'
export { type RequestStatus, requestText } from './approval/providers/request-text.js'
export { type TerminalApprovalOptions, terminalApproval } from './approval/providers/terminal.js'
export {
  approvalMigrations,
  approvalStoreStatus,
  migrateApprovalStore,
  type StoreStatus,
} from './approval/stores/knex/migrations.js'
export { type KnexApprovalStoreOptions, knexApprovalStore } from './approval/stores/knex/store.js'
export { type MemoryApprovalStoreOptions, memoryApprovalStore } from './approval/stores/memory.js'
export type { Anchor, AnchorReceipt } from './audit/anchors/anchor.js'
export type { AnchorLag } from './audit/anchors/anchoring.js'
export { type FileAnchorOptions, fileAnchor } from './audit/anchors/file.js'
export type { FoundCheckpoint } from './audit/anchors/found.js'
export { type GitAnchorOptions, gitAnchor } from './audit/anchors/git.js'
export { type HttpAnchorOptions, httpAnchor } from './audit/anchors/http.js'
export type { AnchorOptions } from './audit/anchors/options.js'
export { type AnchorReading, type ReadAnchorsOptions, readAnchors } from './audit/anchors/read.js'
export { type Rfc3161AnchorOptions, rfc3161Anchor } from './audit/anchors/rfc3161.js'
export { type S3AnchorOptions, s3Anchor } from './audit/anchors/s3.js'
export { type SyslogAnchorOptions, syslogAnchor } from './audit/anchors/syslog.js'
export type { AuditSink, SinkTrouble } from './audit/audit-sink.js'
export type { Exported, ExportFormat, ExportName } from './audit/export/export-format.js'
export { exportFormats } from './audit/export/export-formats.js'
export { type FileTrail, type FileTrailOptions, fileTrail } from './audit/file-trail.js'
export { pemRootSigner, type RootSigner } from './audit/keys/root-signer.js'
export { type Found, type SearchFilter, type SearchOptions, search } from './audit/search.js'
export { type MemorySink, memorySink } from './audit/sinks/memory.js'
export { type OtlpLogsSinkOptions, otlpLogsSink } from './audit/sinks/otlp-logs.js'
export type { RemoteSink, RemoteSinkOptions, SinkLag, SinkSpool } from './audit/sinks/remote.js'
export { type S3SinkOptions, s3Sink } from './audit/sinks/s3.js'
export { type StdoutSinkOptions, stdoutSink } from './audit/sinks/stdout.js'
export { type SyslogSinkOptions, syslogSink } from './audit/sinks/syslog.js'
export { type TableSinkOptions, tableSink } from './audit/sinks/table.js'
export { auditTableMigrations, migrateAuditTable } from './audit/sinks/table-migrations.js'
export { type WebhookSinkOptions, webhookSink } from './audit/sinks/webhook.js'
export { type TailOptions, tail } from './audit/trail-reader.js'
export type { Remark } from './audit/verification/remarks.js'
export {
  type BadLine,
  type KeptCheckpoint,
  type VerifyOptions,
  type VerifyReport,
  verifyTrail,
} from './audit/verify.js'
export type {
  BudgetAccount,
  BudgetCharge,
  BudgetShortage,
  BudgetStore,
  BudgetUse,
} from './budget/budget-store.js'
export { budgetMigrations, migrateBudgetStore } from './budget/stores/knex/migrations.js'
export { type KnexBudgetStoreOptions, knexBudgetStore } from './budget/stores/knex/store.js'
export { type MemoryBudgetStoreOptions, memoryBudgetStore } from './budget/stores/memory.js'
export type { CatalogSource } from './catalog/catalog-source.js'
export { type PostgresCatalogOptions, postgresCatalog } from './catalog/postgres.js'
export { readSchemaFile, schemaFile } from './catalog/schema-file.js'
export type {
  Asks,
  BudgetOptions,
  GovernanceOptions,
  GovernedContext,
  MaskingOptions,
  QueueOptions,
} from './config.js'
export { type GovernedKnex, isGoverned } from './enforcement/knex/handle.js'
export {
  ApprovalDeniedError,
  ApprovalPendingError,
  ApprovalTimeoutError,
  AuditUnavailableError,
  CardeaError,
  type CardeaErrorCode,
  ConfigurationError,
  DatabaseError,
  IdentityRefusedError,
  ObligationError,
  PeerMissingError,
  PolicyDeniedError,
  PolicyInvalidError,
  RefusedError,
  SurfaceRefusedError,
} from './errors.js'
export type { Who } from './governed-connection/credentials.js'
export { type AskedStatement, GovernedConnection } from './governed-connection.js'
export type {
  AgentTokenEntry,
  AgentTokenFilter,
  AgentTokenRevocation,
  AgentTokenStore,
  PersonName,
  Sponsor,
} from './identity/agent-tokens/agent-token-store.js'
export { type AgentTokensOptions, agentTokens } from './identity/agent-tokens/agent-tokens.js'
export {
  type AgentTokenMint,
  type AgentTokenRequest,
  type MintedAgentToken,
  mintAgentToken,
} from './identity/agent-tokens/mint.js'
export { assertedIdentity } from './identity/asserted.js'
export { type IdentityByIssuerOptions, identityByIssuer } from './identity/by-issuer.js'
export type { IdentityProvider } from './identity/identity-provider.js'
export type { Claims as TokenClaims } from './identity/oidc/claim-values.js'
export { type OidcIdentity, oidc } from './identity/oidc/oidc.js'
export type { IntrospectionClient, OidcOptions } from './identity/oidc/settings.js'
export type { RevocableToken, RevocationList } from './identity/revocation-list.js'
export { knexAgentTokenStore } from './identity/stores/agent-tokens.js'
export { identityMigrations, migrateIdentityStore } from './identity/stores/migrations.js'
export {
  knexRevocations,
  type Revocation,
  type RevocationOptions,
  type RevocationRequest,
  type Revocations,
} from './identity/stores/revocations.js'
export type { TokenIdentity } from './identity/token-identity.js'
export type { Budget } from './model/budget.js'
export type {
  Catalog,
  CatalogColumn,
  CatalogRelation,
  CatalogRoutine,
  ColumnRef,
  Label,
  LabelRule,
} from './model/catalog.js'
export type { Checkpoint } from './model/checkpoint.js'
export type {
  ApprovalRequirement,
  BreakGlassTerms,
  ColumnMask,
  Decision,
  Effect,
  Maskers,
  MaskMethod,
  Obligations,
  RuleTrace,
  WindowTerms,
} from './model/decision.js'
export type { Dialect } from './model/dialect.js'
export type {
  AnalyzedFacts,
  ColumnUse,
  DataFlow,
  EffectKind,
  Facts,
  FunctionUse,
  RelationUse,
  Scope,
  StatementEffect,
  Unanalyzable,
} from './model/facts.js'
export type { Explanation } from './model/governor.js'
export type {
  ApprovalAnswer,
  ApprovalRequest,
  Approver,
  Grant,
  GrantKind,
  Preview,
  Window,
} from './model/grant.js'
export type { Lineage, OutputColumn } from './model/lineage.js'
export type { BreakGlassPlea, Petitioned, WindowPlea } from './model/petition.js'
export type { Agent, Credentials, Principal, TokenProof } from './model/principal.js'
export type {
  AuditRecord,
  LifecycleEvent,
  OutcomeDetail,
  OutcomeStatus,
  RecordedAnalysis,
  RecordedObligations,
  StatementRecord,
} from './model/record.js'
export { isRefusal, type Refusal, type RefusalCode } from './model/refusal.js'
export type { ApprovalWish, Binding, DataSource } from './model/submission.js'
export { definePolicy } from './policy/define-policy.js'
export { policyEngine } from './policy/engine.js'
export { explainText } from './policy/explain-text.js'
export type { AfterQueryContext, BeforeQueryContext, Hook } from './policy/hooks.js'
export { loadPolicy, type ParsePolicyOptions, parsePolicy } from './policy/load.js'
export type { Policy } from './policy/policy.js'
export type { PolicyEngine, PolicyInput, Verdict } from './policy/policy-engine.js'
export type { PolicyDefinition } from './policy/schema.js'
export type { Clock } from './util/clock.js'
export type { Ids } from './util/ids.js'
