// Bilinear resizing as Pillow does it, to the last bit. A canvas resizes otherwise, and the network was trained on this

const BITS = 22 // of the fraction of a weight: Pillow's weights are whole numbers

// For each of `size` pixels, the first of the pixels from `start` to `end` that it is made of, and their weights
function weights(length, size, start, end) {
  const scale = (end - start)/size, reach = Math.max(scale, 1), perPixel = 1/reach
  return Array.from({length: size}, (_, i) => {
    const center = start + (i + .5)*scale
    const first = Math.max(0, Math.trunc(center - reach + .5))
    const last = Math.min(length, Math.trunc(center + reach + .5))
    const parts = Array.from({length: last - first},
      (_, k) => Math.max(0, 1 - Math.abs((k + first - center + .5)*perPixel)))
    const sum = parts.reduce((a, b) => a + b, 0)
    return {first, parts: parts.map(o => Math.trunc(.5 + o/sum*2**BITS))}
  })
}

// Lines of pixels, which lie `step` numbers apart, as lines of `size` pixels: a weighted sum of bytes for each of them
function resizeLine(from, fromAt, fromStep, to, toAt, toStep, channels, table) {
  for (const {first, parts} of table) {
    for (let c = 0; c < channels; c++) {
      let sum = 2**(BITS - 1)
      for (let k = 0, at = fromAt + first*fromStep + c; k < parts.length; k++, at += fromStep) sum += from[at]*parts[k]
      to[toAt + c] = Math.min(255, sum >> BITS)
    }
    toAt += toStep
  }
}

// An image that arrives in strips of rows, from the top to the bottom, as one of `width` x `height` pixels
// `box`: the part of it that is wanted (left, top, right, bottom), in pixels and fractions of them
export class Resizer {
  constructor(image, channels, width, height, box = [0, 0, image.width, image.height]) {
    Object.assign(this, {image, channels, width, height, box})
    this.table = weights(image.width, width, box[0], box[2])
    this.rows = new Uint8Array(image.height*width*channels) // as wide as the result, and as high as the image
  }

  // `data`: rows of the image from `top` on, `channels` bytes per pixel
  add(top, data) {
    const {channels, image, width} = this
    const line = image.width*channels
    for (let y = 0; y*line < data.length; y++)
      resizeLine(data, y*line, channels, this.rows, (top + y)*width*channels, channels, channels, this.table)
  }

  // (height, width, channels) bytes
  result() {
    const {channels, image, width, height, box} = this, res = new Uint8Array(height*width*channels)
    const table = weights(image.height, height, box[1], box[3])
    for (let x = 0; x < width; x++)
      resizeLine(this.rows, x*channels, width*channels, res, x*channels, width*channels, channels, table)
    return res
  }
}
