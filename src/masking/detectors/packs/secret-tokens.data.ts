/**
 * Keys and tokens that their issuers mark by a prefix or a shape, from the issuers' public documentation, as of
 * 2025. Each is read to its end without anything that has to follow, so that the search stays linear.
 */
export const TOKENS: readonly string[] = [
  // Amazon: access key ids, Bedrock keys.
  '(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}(?![A-Za-z0-9])',
  'ABSK[A-Za-z0-9+/]{60,}={0,2}',
  // GitHub, GitLab, Bitbucket, Atlassian.
  'gh[pousr]_[A-Za-z0-9]{30,}',
  'github_pat_\\w{22,}',
  'gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct)-[\\w.-]{16,}',
  'GR1348941[\\w-]{16,}',
  'AT(?:ATT|CTT)3[\\w=-]{24,}',
  'ATBB[A-Za-z0-9]{24,}',
  // Slack, Discord, Telegram, Twilio, SendGrid, Mailgun, Mailchimp.
  'xox[abeoprs]-[A-Za-z0-9-]{10,}',
  'xapp-\\d-[A-Za-z0-9-]{10,}',
  'hooks\\.slack\\.com/(?:services|workflows|triggers)/[\\w/]{20,}',
  'discord(?:app)?\\.com/api/webhooks/\\d{17,20}/[\\w-]{40,}',
  '[MNO][A-Za-z0-9_-]{23,27}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,}',
  '\\d{8,10}:AA[\\w-]{32,}',
  'SK[0-9a-f]{32}(?![A-Za-z0-9])',
  'SG\\.[\\w-]{16,64}\\.[\\w-]{16,}',
  '(?<!-)key-[0-9a-f]{32}(?![A-Za-z0-9])',
  '[0-9a-f]{32}-us\\d{1,2}(?![A-Za-z0-9])',
  // Payments: Stripe, Square, Shopify, PayPal and Braintree, Razorpay, Adyen, Plaid.
  '(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{10,}',
  'whsec_[A-Za-z0-9+/=]{20,}',
  'sq0(?:atp|csp|idp)-[\\w-]{20,}',
  'EAAA[\\w-]{56,}',
  'shp(?:at|ca|pa|ss|tka)_[0-9A-Za-z]{24,}',
  'access_token\\$(?:production|sandbox)\\$[0-9a-z]{8,}\\$[0-9a-f]{16,}',
  'rzp_(?:live|test)_[A-Za-z0-9]{14,}',
  'AQE[A-Za-z0-9+/]{40,}[A-Za-z0-9+/=.|^$!()\\]\\[{},;:<>~@#-]{0,80}',
  'access-(?:production|sandbox|development)-[0-9a-f-]{30,}',
  // Google, Azure.
  'AIza[\\w-]{35}',
  'GOCSPX-[\\w-]{20,}',
  'ya29\\.[\\w-]{20,}',
  '1//0[\\w-]{30,}',
  '[A-Za-z0-9_~.-]{3}[0-9A-Za-z]Q~[A-Za-z0-9_~.-]{31,}',
  // Package registries: npm, PyPI, RubyGems, crates.io, NuGet, Docker, JFrog.
  'npm_[A-Za-z0-9]{30,}',
  'pypi-[\\w-]{20,}',
  'rubygems_[0-9a-f]{40,}',
  'cio[A-Za-z0-9]{32}(?![A-Za-z0-9])',
  'oy2[a-z0-9]{43}(?![A-Za-z0-9])',
  'dckr_(?:pat|oat)_[\\w-]{20,}',
  'AKCp[A-Za-z0-9]{60,}',
  // Models: Anthropic, OpenAI and those alike, Hugging Face, Groq, xAI, Perplexity, Replicate.
  'sk-(?:ant|proj|svcacct|admin|or|None|lf|user)-[\\w-]{16,}',
  'sk-(?=[A-Za-z]{0,40}\\d)[A-Za-z0-9]{20,}',
  'hf_[A-Za-z0-9]{30,}',
  'gsk_[A-Za-z0-9]{40,}',
  'xai-[A-Za-z0-9]{40,}',
  'pplx-[A-Za-z0-9]{32,}',
  'r8_[A-Za-z0-9]{36,}',
  // Hosting and operations.
  'do[opr]_v1_[0-9a-f]{60,}',
  'dapi[0-9a-f]{32}(?:-\\d{1,2})?(?![A-Za-z0-9])',
  'hv[sbr]\\.[\\w-]{24,}',
  '[A-Za-z0-9]{14}\\.atlasv1\\.[\\w-]{40,}',
  'dp\\.(?:pt|st|ct|sa|scim|audit)\\.[\\w.]{30,}',
  'gl(?:c|sa)_[A-Za-z0-9+/=_]{30,}',
  'NRAK-[A-Z0-9]{27}',
  'NRJS-[0-9a-f]{19}',
  'PMAK-[0-9a-f]{24}-[0-9a-f]{30,}',
  'lin_(?:api|oauth)_[A-Za-z0-9]{30,}',
  'HRKU-[\\w-]{30,}',
  'sbp_[0-9a-f]{40}',
  'sb_secret_[\\w-]{20,}',
  'pscale_(?:tkn|pw|oauth)_[\\w.=-]{30,}',
  'fm[12]_[A-Za-z0-9+/=]{40,}',
  'fig[dou]_[\\w-]{30,}',
  '(?:ntn|secret)_[A-Za-z0-9]{40,}',
  'pat[A-Za-z0-9]{14}\\.[0-9a-f]{60,}',
  'sntry[su]_[A-Za-z0-9+/=_.-]{40,}',
  'tskey-[a-z]{3,8}-[A-Za-z0-9-]{16,}',
  'CCIPAT_[\\w-]{20,}',
  'pul-[0-9a-f]{40}',
  'ops_eyJ[\\w-]{40,}={0,2}',
  'AGE-SECRET-KEY-1[0-9A-Z]{50,}',
  // Password hashes: guessed offline, so as good as the password.
  '\\$2[abxy]\\$\\d\\d\\$[./A-Za-z0-9]{50,}',
  '\\$argon2(?:id|i|d)\\$[\\w=,$+/-]{20,}',
  '\\$(?:1|5|6|y|7|scrypt|pbkdf2[\\w-]{0,12}|apr1)\\$[./A-Za-z0-9=$,]{20,}',
  'pbkdf2_sha(?:1|256|512)\\$\\d{1,8}\\$[A-Za-z0-9+/=$]{20,}',
  'SCRAM-SHA-(?:1|256|512)\\$\\d{1,8}:[A-Za-z0-9+/=$:]{20,}',
]

/** What a text with one of these holds; without any it has no such token. */
export const TOKEN_MARKS =
  /A(?:KIA|SIA|BIA|CCA|3T|BSK|T(?:ATT|CTT|BB)|QE|Iza|KCp|GE-S)|g(?:h[pousr]_|ithub_pat|l(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct|c_|sa_)|sk_)|GR1348941|xox[abeoprs]-|xapp-|hooks\.slack|api\/webhooks|[MNO][\w-]{23,27}\.[\w-]{6}\.|:AA|SK[0-9a-f]{8}|SG\.|key-[0-9a-f]{8}|-us\d|[sr]k_(?:live|test)_|whsec_|sq0|EAAA|shp(?:at|ca|pa|ss|tka)_|access(?:_token\$|-[psd])|rzp_|GOCSPX-|ya29\.|1\/\/0|Q~|npm_|pypi-|rubygems_|cio[A-Za-z0-9]{8}|oy2|dckr_|sk-|hf_|xai-|pplx-|r8_|do[opr]_v1_|dapi[0-9a-f]|hv[sbr]\.|\.atlasv1\.|dp\.|NR(?:AK|JS)-|PMAK-|lin_|HRKU-|sbp_|sb_secret_|pscale_|fm[12]_|fig[dou]_|ntn_|secret_|pat[A-Za-z0-9]{14}\.|sntry|tskey-|CCIPAT_|pul-|ops_eyJ|\$(?:2[abxy]|argon2|[1567y]\$|scrypt|pbkdf2|apr1)|pbkdf2_|SCRAM-/
