// One upload by tus-js-client, in Node and in browsers.
import * as tus from "tus-js-client"

// 409 and 423 are the only 4xx responses that tus-js-client retries. A 409 for a file that is not media would be
// followed by a HEAD of an upload that is gone, and that error would hide the reason.
export function shouldRetry(error) {
  const status = error.originalResponse?.getStatus() ?? 0
  if (status === 409) return JSON.parse(error.originalResponse.getBody()).error.code === "offset_mismatch"
  return status === 0 || status === 423 || status >= 500
}

/**
 * Send `source` to `plan.url` with the key `plan.key`.
 *
 * It is aborted once `plan.abortAt` bytes went out or when the promise `stop` is kept; `plan.then` says what
 * follows: "resume", "terminate" or nothing. Resolves to how it ended and every request that was answered.
 */
export function transfer(source, plan, stop) {
  const requests = []
  return new Promise((resolve) => {
    const end = (ending, error) => resolve({ ending, error: error ? String(error) : null, requests })
    let aborted = false

    async function abort() {
      if (aborted) return
      aborted = true
      try {
        await upload.abort(plan.then === "terminate")
      } catch (error) {
        return end("failed", error)
      }
      if (plan.then === "resume") upload.start()
      else end("aborted")
    }

    const upload = new tus.Upload(source, {
      uploadUrl: plan.url,
      headers: { Authorization: `Bearer ${plan.key}` },
      chunkSize: plan.chunkSize ?? Infinity,
      overridePatchMethod: plan.overridePatchMethod ?? false,
      retryDelays: plan.retryDelays ?? [100, 200, 400, 800],
      storeFingerprintForResuming: false,
      onShouldRetry: shouldRetry,
      onAfterResponse: (request, response) => {
        const offset = request.getHeader("Upload-Offset")
        const override = request.getHeader("X-HTTP-Method-Override") ?? null
        requests.push({
          method: request.getMethod(),
          override,
          offset: offset === undefined ? null : Number(offset),
          status: response.getStatus(),
        })
      },
      onProgress: (sent) => {
        if (plan.abortAt && sent >= plan.abortAt) abort()
      },
      onSuccess: () => end("finished"),
      onError: (error) => end("failed", error),
    })
    stop?.then(abort)
    upload.start()
  })
}
