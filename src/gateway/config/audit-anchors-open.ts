import type { Anchor } from '../../audit/anchors/anchor.js'
import { fileAnchor } from '../../audit/anchors/file.js'
import { gitAnchor } from '../../audit/anchors/git.js'
import { httpAnchor } from '../../audit/anchors/http.js'
import type { AnchorOptions } from '../../audit/anchors/options.js'
import { rfc3161Anchor } from '../../audit/anchors/rfc3161.js'
import { s3Anchor } from '../../audit/anchors/s3.js'
import { syslogAnchor } from '../../audit/anchors/syslog.js'
import type { Clock } from '../../util/clock.js'
import type { AuditAnchorConfig } from './audit-anchors.js'

/** Makes an anchor as configured; nothing is sent before its first checkpoint. @throws ConfigurationError */
export function openAuditAnchor({ name, everyMs, place }: AuditAnchorConfig, clock?: Clock): Anchor {
  const options: AnchorOptions = {
    name,
    ...(everyMs === undefined ? {} : { everyMs }),
    ...(clock === undefined ? {} : { clock }),
  }
  switch (place.kind) {
    case 'file':
      return fileAnchor({ ...options, path: place.path })
    case 'http': {
      const { url, secret, token } = place
      return httpAnchor({
        ...options,
        url,
        ...(secret === undefined ? {} : { secret: secret.reveal() }),
        ...(token === undefined ? {} : { token: token.reveal() }),
      })
    }
    case 'syslog': {
      const { kind: _, tls, maxMessageBytes: __, ...rest } = place
      if (tls === false) return syslogAnchor({ ...options, ...rest, tls })
      const { key, ...others } = tls
      return syslogAnchor({
        ...options,
        ...rest,
        tls: { ...others, ...(key === undefined ? {} : { key: key.reveal() }) },
      })
    }
    case 'git': {
      const { kind: _, ...rest } = place
      return gitAnchor({ ...options, ...rest })
    }
    case 's3': {
      const { accessKeyId, secretAccessKey, kind: _, ...rest } = place
      const credentials = { accessKeyId: accessKeyId.reveal(), secretAccessKey: secretAccessKey.reveal() }
      return s3Anchor({ ...options, ...rest, credentials })
    }
    case 'rfc3161': {
      const { kind: _, ...rest } = place
      return rfc3161Anchor({ ...options, ...rest })
    }
  }
}
