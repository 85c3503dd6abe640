// node run.mjs PLAN: send the file of a plan (JSON, see transfer.mjs) and print the outcome as JSON.
// The signal USR2 aborts it.
import { createReadStream } from "node:fs"
import { transfer } from "./transfer.mjs"

const plan = JSON.parse(process.argv[2])
const stop = new Promise((resolve) => process.once("SIGUSR2", resolve))
console.log(JSON.stringify(await transfer(createReadStream(plan.file), plan, stop)))
