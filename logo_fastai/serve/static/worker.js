// The network and the brands, away from the thread that draws the page. Each call is answered once, in order

import {Classifier} from './classifier.js'
import {BrandSolution, BrandStore} from './brands.js'
import {ImageError, openImage, pixelsAreChanged} from './preprocess.js'

const TOP = 5, MOST_EXAMPLES = 500, THUMBNAIL = 160
let classifier, store = null, examples = [], solution = null

function brands() {
  const counts = new Map()
  for (const {brand} of examples) counts.set(brand, (counts.get(brand) || 0) + 1)
  return {counts: [...counts], kept: store !== null, hasThreshold: solution !== null && solution.threshold !== null}
}

function setExamples(list) {
  examples = list
  solution = list.length ? new BrandSolution(list) : null
}

async function thumbnail(image) {
  const scale = Math.min(1, THUMBNAIL/Math.max(image.width, image.height))
  const [w, h] = [image.width, image.height].map(o => Math.max(1, Math.round(o*scale)))
  const small = new OffscreenCanvas(w, h), context = small.getContext('2d')
  context.imageSmoothingQuality = 'high'
  context.drawImage(image, 0, 0, w, h)
  return small.convertToBlob({type: 'image/jpeg', quality: .85})
}

async function withImage(file, use) {
  const image = await openImage(file)
  try { return await use(image) }
  finally { image.close() }
}

function sameFeatures(a, b) { return a.every((o, i) => o === b[i]) }

const calls = {
  async load() {
    classifier = await Classifier.load(bytes => postMessage({bytes}))
    try { store = await BrandStore.open(classifier.model.digest) } catch { store = null } // in some private windows
    setExamples(store ? await store.all() : [])
    return {brands: brands(), pixelsAreChanged: pixelsAreChanged()}
  },

  // What an image shows: one of the classes, or one of the brands
  async look(file, byBrands) {
    return withImage(file, async image => {
      const {width, height} = image, outputs = await classifier.run(image), by = byBrands && solution
      const {top, unknown} = by ? solution.predict(outputs.features) : classifier.predict(outputs)
      const res = {width, height, kind: by ? 'brands' : 'classes', unknown, top: top.slice(0, TOP)}
      if (by) return {...res, neighbors: solution.neighbors(outputs.features)
        .map(({brand, cosine, thumbnail}) => ({brand, cosine, thumbnail}))}
      return {...res, hasMaps: classifier.hasMaps}
    })
  },

  async heatmap(file, i) { return withImage(file, image => classifier.heatmap(image, i)) },

  async addBrand(asked, files) {
    const added = [], problems = [], named = examples.find(o => o.brand.toLowerCase() == asked.toLowerCase())
    const name = named ? named.brand : asked
    for (const file of files) {
      try {
        const [features, small] = await withImage(file, async image =>
          [(await classifier.run(image)).features, await thumbnail(image)])
        const known = [...examples, ...added].find(o => sameFeatures(o.features, features))
        if (known && known.brand != name) throw new ImageError(`It is an example of ${known.brand} already.`)
        if (examples.length + added.length >= MOST_EXAMPLES)
          throw new ImageError(`There are ${MOST_EXAMPLES} examples already, as many as this page can use.`)
        if (!known) added.push({brand: name, features, thumbnail: small})
      } catch (e) {
        if (!(e instanceof ImageError)) throw e
        problems.push(`${file.name}: ${e.message}`)
      }
    }
    if (store) await store.addAll(added)
    setExamples([...examples, ...added])
    return {brands: brands(), added: added.length, problems}
  },

  async removeBrand(name) {
    if (store) for (const o of examples.filter(o => o.brand == name)) await store.remove(o.key)
    setExamples(examples.filter(o => o.brand != name))
    return {brands: brands()}
  },
}

let last = Promise.resolve() // one session computes one thing at a time
onmessage = ({data: {id, name, args}}) => {
  last = last.then(() => calls[name](...args)).then(
    result => postMessage({id, result}),
    e => postMessage({id, error: e.message, ofImage: e instanceof ImageError}))
}
