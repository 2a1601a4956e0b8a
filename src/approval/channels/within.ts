/** Settles as the work does, or rejects when the milliseconds are over. The work itself goes on. */
export function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('It took too long.')), milliseconds)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
