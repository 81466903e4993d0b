// Brands by example, on the features of the network: what `logo_fastai.serve.gallery_solver` does, with its words

import {dot, ranked, softmax, unit} from './classifier.js'

const DECAY = .1, DEFAULT_SPREAD = .5, USUAL_SCALE = 15, PRIOR = 5, SCALES = 80
export const TPR = .95 // share of known images that the threshold for unknown ones keeps

function bincount(y, n, weights) {
  const res = new Array(n).fill(0)
  y.forEach((o, i) => res[o] += weights ? weights[i] : 1)
  return res
}

// The inverse of a symmetric positive definite matrix, by Gauss and Jordan
function inverse(a) {
  const n = a.length
  const rows = a.map((row, i) => Float64Array.from({length: 2*n}, (_, k) => k < n ? row[k] : +(k - n == i)))
  for (let i = 0; i < n; i++) {
    const pivot = rows[i][i]
    for (let k = 0; k < 2*n; k++) rows[i][k] /= pivot
    for (let r = 0; r < n; r++) {
      const factor = rows[r][i]
      if (r != i && factor) for (let k = i; k < 2*n; k++) rows[r][k] -= factor*rows[i][k]
    }
  }
  return rows.map(row => Array.from(row.subarray(n)))
}

function times(a, b) { return a.map(row => b[0].map((_, k) => row.reduce((sum, o, i) => sum + o*b[i][k], 0))) }

// The factor on the scores with the smallest cross-entropy (Guo et al. 2017), with a prior as heavy as ten images
function fitScale(scores, y) {
  if (!y.length) return USUAL_SCALE
  const scales = Array.from({length: SCALES}, (_, i) => 200**(i/(SCALES - 1)))
  const loss = s => scores.reduce((sum, row, i) => sum - Math.log(softmax(row, s)[y[i]]), 0)
    + PRIOR*Math.log(s/USUAL_SCALE)**2
  return scales.reduce(([best, least], s) => { const o = loss(s); return o < least ? [s, o] : [best, least] },
    [scales[0], Infinity])[0]
}

// The highest threshold to be above that keeps the share `tpr` of known images; null for too few of them
function thresholdAt(known, tpr) {
  const rank = Math.floor((1 - tpr)*(known.length + 1) + 1e-9), sorted = [...known].sort((a, b) => a - b)
  if (!rank) return null
  const t = sorted[rank - 1]
  return sorted[rank] === t ? t - Number.EPSILON : t
}

export class BrandSolution {
  // `examples`: objects with `brand` and `features`
  constructor(examples) {
    this.names = [...new Set(examples.map(o => o.brand))]
    this.examples = examples
    this.x = examples.map(o => unit(o.features))
    const n = this.x.length, c = this.names.length, y = examples.map(o => this.names.indexOf(o.brand))
    this.spread = this.meanDistance()
    const perBrand = bincount(y, c), mean = n/c
    const kernel = this.x.map(a => this.kernel(a))
    kernel.forEach((row, i) => row[i] += DECAY*perBrand[y[i]]/mean)
    const inv = inverse(kernel)
    this.coef = times(inv, y.map(o => Array.from({length: c}, (_, k) => +(k == o))))
    const leftOut = this.coef.map((row, i) => row.map((o, k) => +(k == y[i]) - o/inv[i][i]))
    const usable = y.flatMap((o, i) => perBrand[o] > 1 ? [i] : [])
    this.scale = fitScale(usable.map(i => leftOut[i]), usable.map(i => y[i]))
    const known = usable.map(i => Math.max(...leftOut[i]))
    this.threshold = c > 2 ? thresholdAt(known, TPR) : null // with one of two brands left out, one is left
  }

  // Mean distance (1 - cosine) of two examples
  meanDistance() {
    const n = this.x.length, total = this.x[0].map((_, k) => this.x.reduce((sum, o) => sum + o[k], 0))
    return n > 1 ? Math.max((n*n - dot(total, total))/(n*(n - 1)), 1e-6) : DEFAULT_SPREAD
  }

  kernel(a) { return this.x.map(b => Math.exp((dot(a, b) - 1)/this.spread)) }

  // Near 1 for images like a brand's examples, near 0 for images like none of them
  scores(features) { return times([this.kernel(unit(features))], this.coef)[0] }

  predict(features) {
    const scores = this.scores(features), best = Math.max(...scores)
    const top = ranked(this.names, softmax(scores, this.scale))
    return {top, unknown: this.threshold !== null && best <= this.threshold}
  }

  // The examples most similar to an image
  neighbors(features, k = 4) {
    const direction = unit(features)
    return this.x.map((o, i) => ({...this.examples[i], cosine: dot(o, direction)}))
      .sort((a, b) => b.cosine - a.cosine).slice(0, k)
  }
}

// The examples, kept in this browser alone; those of another model are of no use, and have a store of their own
export class BrandStore {
  static async open(digest) {
    const res = new BrandStore()
    res.db = await finished(Object.assign(indexedDB.open(`logo_fastai ${digest}`, 1),
      {onupgradeneeded() { this.result.createObjectStore('examples', {autoIncrement: true}) }}))
    return res
  }

  store(mode) { return this.db.transaction('examples', mode).objectStore('examples') }

  async all() {
    const store = this.store('readonly')
    const [keys, values] = await Promise.all([store.getAllKeys(), store.getAll()].map(finished))
    return values.map((o, i) => ({...o, key: keys[i]}))
  }

  // All of them or none; each gets its `key`
  async addAll(examples) {
    const transaction = this.db.transaction('examples', 'readwrite'), store = transaction.objectStore('examples')
    const requests = examples.map(o => store.add(o))
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve
      transaction.onerror = transaction.onabort = () => reject(transaction.error)
    })
    examples.forEach((o, i) => o.key = requests[i].result)
  }

  remove(key) { return finished(this.store('readwrite').delete(key)) }
}

function finished(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
