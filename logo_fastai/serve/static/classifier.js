// The model of this folder: what `logo_fastai.inference.Classifier` does, on ONNX Runtime Web

import * as ort from './ort.js'
import {networkInput} from './preprocess.js'

// A softmax of `scores`, times `scale`
export function softmax(scores, scale = 1) {
  const largest = Math.max(...scores), parts = scores.map(o => Math.exp((o - largest)*scale))
  const sum = parts.reduce((a, b) => a + b, 0)
  return parts.map(o => o/sum)
}

// A vector as long as 1
export function unit(v) {
  const length = Math.max(Math.hypot(...v), 1e-12)
  return Array.from(v, o => o/length)
}

export function dot(a, b) {
  let res = 0
  for (let i = 0; i < a.length; i++) res += a[i]*b[i]
  return res
}

// What is above the threshold counts as known; of the scores of `Calibration`
function knownScore({score, temperature, prototypes}, logits, features) {
  if (score == 'max_probability') return Math.max(...softmax(logits, 1/temperature))
  if (score == 'energy') {
    const largest = Math.max(...logits)
    return largest + Math.log(logits.reduce((a, o) => a + Math.exp(o - largest), 0))
  }
  const {center, scale, means} = prototypes, direction = unit(features.map((o, i) => (o - center[i])/scale[i]))
  return Math.max(...means.map(o => dot(o, direction)))
}

// The labels and their probabilities, the most probable first
export function ranked(labels, probabilities) {
  return labels.map((label, i) => ({label, i, probability: probabilities[i]}))
    .sort((a, b) => b.probability - a.probability || a.i - b.i)
}

async function download(url, onBytes) {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} could not be loaded (${response.status}).`)
  const parts = []
  for (const reader = response.body.getReader();;) {
    const {done, value} = await reader.read()
    if (done) break
    parts.push(value)
    onBytes(value.length)
  }
  return new Blob(parts).arrayBuffer()
}

export class Classifier {
  // `onBytes` is called with the number of bytes of each part that has arrived
  static async load(onBytes = () => {}) {
    const res = new Classifier()
    res.model = JSON.parse(new TextDecoder().decode(await download('model.json', () => {})))
    ort.env.wasm.numThreads = 1 // more need headers that a plain file server does not send
    ort.env.logLevel = 'error'
    ort.env.wasm.wasmBinary = await download('ort.wasm', onBytes)
    res.session = await ort.InferenceSession.create(await download('model.onnx', onBytes))
    return res
  }

  // The named outputs of the network for one image
  async tensors(image, ...names) {
    const {pre, outputs} = this.model, x = networkInput(image, pre), inGraph = names.map(o => outputs[o])
    const feeds = {x: new ort.Tensor('float32', x, [1, pre.channels, pre.size, pre.size])}
    const res = await this.session.run(feeds, inGraph)
    return inGraph.map(o => res[o])
  }

  async run(image) {
    const [logits, features] = await this.tensors(image, 'logits', 'features')
    return {logits: Array.from(logits.data), features: Array.from(features.data)}
  }

  predict({logits, features}) {
    const {vocab, calibration} = this.model
    const top = ranked(vocab, softmax(logits, 1/calibration.temperature)), {threshold} = calibration
    return {top, unknown: threshold !== null && !(knownScore(calibration, logits, features) > threshold)}
  }

  get hasMaps() { return 'class_maps' in this.model.outputs }

  // Where the network sees class `i`: {width, height, heat} from 0 to 1, over the square. It can take as long as several
  // predictions
  async heatmap(image, i) {
    const [{data, dims}] = await this.tensors(image, 'class_maps'), [, n, height, width] = dims, places = height*width
    const heat = Array.from({length: places}, (_, at) => {
      let mean = 0
      for (let c = 0; c < n; c++) mean += data[c*places + at]/n
      return Math.max(0, data[i*places + at] - mean)
    })
    const most = Math.max(...heat, 1e-12)
    return {width, height, heat: heat.map(o => o/most)}
  }
}
