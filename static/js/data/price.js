// The price of a duration, as the box charges it. Nothing else in the console computes it.

const MS_PER_CREDIT = 60_000

/** Return the credits a recording costs: one for each started minute. @param {string} seconds as the API gives them */
export function price(seconds) {
  return Math.max(1, Math.ceil(Math.round(Number(seconds) * 1000) / MS_PER_CREDIT))
}

/** Return the seconds of recordings that `credits` pay for. @param {number} credits */
export function affordableSeconds(credits) {
  return (credits * MS_PER_CREDIT) / 1000
}
