/** A browser as far as sign-in pages need one: keeps cookies, follows redirects, fills in forms. */
import { request } from 'node:https'

export interface Page {
  readonly status: number
  readonly url: string
  readonly body: string
  /** Where the last answer pointed, when `stopAt` kept the browser from going there. */
  readonly location?: string
}

export interface Browser {
  open(url: string): Promise<Page>
  /** Sends the first form of a page with `fields` filled in. */
  submit(page: Page, fields?: Readonly<Record<string, string>>): Promise<Page>
}

/** @param stopAt redirects that begin with it are reported, not followed. */
export function browser(ca: string, stopAt = 'none:'): Browser {
  const cookies = new Map<string, string>()

  async function go(method: string, url: string, form?: string): Promise<Page> {
    let next = { method, url, form }
    for (let hops = 0; hops < 10; hops++) {
      const answer = await exchange(next.method, next.url, next.form)
      if (answer.location === undefined || answer.status < 300 || answer.status > 399) return answer
      const location = new URL(answer.location, next.url).href
      if (location.startsWith(stopAt)) return { ...answer, location }
      next = { method: 'GET', url: location, form: undefined }
    }
    throw new Error('Too many redirects.')
  }

  function exchange(method: string, url: string, form?: string): Promise<Page> {
    return new Promise((resolve, reject) => {
      const headers = {
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(form === undefined
          ? {}
          : {
              'content-type': 'application/x-www-form-urlencoded',
              'content-length': Buffer.byteLength(form),
            }),
      }
      const sent = request(url, { method, ca, headers }, response => {
        for (const line of response.headers['set-cookie'] ?? []) keep(line)
        let body = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk
        })
        response.on('end', () => {
          const { location } = response.headers
          const status = response.statusCode ?? 0
          resolve({ status, url, body, ...(location === undefined ? {} : { location }) })
        })
      })
      sent.on('error', reject)
      sent.end(form)
    })
  }

  function keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name)
    else cookies.set(name, value)
  }

  return {
    open: url => go('GET', url),
    submit(page, fields = {}) {
      const action = /<form[^>]* action="([^"]*)"/.exec(page.body)?.[1]
      if (action === undefined) throw new Error(`No form to send (status ${page.status}): ${page.body}`)
      const given = [...page.body.matchAll(/<input[^>]*>/g)].map(([input]) => input)
      const hidden = given.filter(input => input.includes('type="hidden"'))
      const values = hidden.map(input => [attribute(input, 'name'), attribute(input, 'value')] as const)
      const form = new URLSearchParams({ ...Object.fromEntries(values), ...fields })
      return go('POST', new URL(action, page.url).href, form.toString())
    },
  }
}

function attribute(tag: string, name: string): string {
  return new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? ''
}
