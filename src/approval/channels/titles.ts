import type { ApprovalRequest } from '../../model/grant.js'

/** Of a message that tells people of a request. */
export function titleOf({ kind }: Pick<ApprovalRequest, 'kind'>): string {
  switch (kind) {
    case 'single':
      return 'Approval wanted'
    case 'window':
      return 'Approval wanted for a window'
    case 'break-glass':
      return 'Emergency access'
  }
}
