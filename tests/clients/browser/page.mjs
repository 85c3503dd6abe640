// A page of another web site that uses a box on another origin.
import Uppy from "@uppy/core"
import Tus from "@uppy/tus"
import { shouldRetry, transfer } from "../node/transfer.mjs"

const PREPARING = ["pending_upload", "processing"]

/** Return the API of the box at `plan.api` for the key `plan.key`. */
class Box {
  constructor(plan) {
    this.plan = plan
    this.headers = { Authorization: `Bearer ${plan.key}` }
  }

  /** Create an asset; return its id and the address of its upload. */
  async create(size) {
    const answer = await fetch(`${this.plan.api}/v1/assets`, {
      method: "POST",
      headers: { ...this.headers, "Content-Type": "application/json" },
      body: JSON.stringify({ project_id: this.plan.project, size_bytes: size }),
    })
    return { id: (await answer.json()).id, url: answer.headers.get("Location") }
  }

  /** Wait until an asset is prepared or gone; return it, or null. */
  async settled(id) {
    for (;;) {
      const answer = await fetch(`${this.plan.api}/v1/assets/${id}`, { headers: this.headers })
      if (answer.status === 404) return null
      const asset = await answer.json()
      if (!PREPARING.includes(asset.state)) return asset
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** Download an asset; return its number of bytes. */
  async download(id) {
    const { download_url: address } = await this.settled(id)
    return (await (await fetch(address)).blob()).size
  }
}

function chosenFile() {
  return document.querySelector("input").files[0]
}

/** Send the chosen file by tus-js-client; see transfer.mjs for the plan and the outcome. */
window.upload = async (plan) => {
  const box = new Box(plan)
  const file = chosenFile()
  const { id, url } = await box.create(file.size)
  const outcome = await transfer(file, { ...plan, url })
  const downloaded = outcome.ending === "finished" ? await box.download(id) : null
  return { ...outcome, id, downloaded }
}

/** Send the chosen file by Uppy, which gets its asset in a step before the upload. */
window.uploadByUppy = async (plan) => {
  const box = new Box(plan)
  const uppy = new Uppy().use(Tus, { headers: box.headers, onShouldRetry: shouldRetry })
  let id
  uppy.addPreProcessor(async ([fileId]) => {
    const asset = await box.create(uppy.getFile(fileId).size)
    id = asset.id
    uppy.setFileState(fileId, { tus: { uploadUrl: asset.url } })
  })
  if (plan.cancel) uppy.once("upload-progress", () => uppy.cancelAll())
  uppy.addFile({ name: "film", data: chosenFile() })
  const { successful, failed } = await uppy.upload()
  // Uppy sends a request after a cancel, which closing the page must not abort.
  await box.settled(id)
  return { id, successful: successful.length, error: failed[0]?.error ?? null }
}
