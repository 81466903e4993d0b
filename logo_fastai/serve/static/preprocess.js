// An image as the network sees it, as `logo_fastai.images.preprocess` makes it: `pre` is the `Preprocess` of the model

import {Resizer} from './resize.js'

const STRIP = 2**20 // pixels that are read at a time; a canvas for all of a large image is more than some phones allow

export class ImageError extends Error {}

// The image in a file, upright, its colors as they are stored
export async function openImage(file) {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer())
  if (first === undefined) throw new ImageError('This file is empty.')
  const options = {imageOrientation: 'from-image', colorSpaceConversion: 'none'}
  try { return Object.assign(await createImageBitmap(file, options), {isJpeg: first == 0xff && second == 0xd8}) }
  catch { throw new ImageError('This file is not an image that this browser can read.') }
}

function canvas(width, height) {
  const context = new OffscreenCanvas(width, height).getContext('2d', {willReadFrequently: true})
  context.imageSmoothingEnabled = false
  return context
}

// Some browsers change the pixels that a page reads, so that it cannot recognize them by these
export function pixelsAreChanged() {
  const context = canvas(16, 16), drawn = context.createImageData(16, 16)
  drawn.data.forEach((_, i) => drawn.data[i] = i % 4 == 3 ? 255 : i*37 % 256)
  context.putImageData(drawn, 0, 0)
  return context.getImageData(0, 0, 16, 16).data.some((v, i) => v != drawn.data[i])
}

// 0 or 255: the background on which more of an image with transparent parts is seen; white unless little is seen on it
function background(image) {
  const [w, h] = [image.width, image.height].map(o => Math.min(o, 256)), context = canvas(w, h)
  context.drawImage(image, 0, 0, w, h)
  const {data} = context.getImageData(0, 0, w, h)
  let onWhite = 0, onBlack = 0, all = 0
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3]/255, low = Math.min(data[i], data[i + 1], data[i + 2])
    const high = Math.max(data[i], data[i + 1], data[i + 2])
    all += alpha
    if (alpha*(255 - low) > 32) onWhite += alpha
    if (alpha*high > 32) onBlack += alpha
  }
  return onWhite < Math.min(onBlack, all/5) ? 0 : 255
}

// RGBA bytes -> bytes with the channels of the network
function withChannels(data, channels, back) {
  const res = new Uint8Array(data.length/4*channels)
  for (let i = 0, at = 0; i < data.length; i += 4, at += channels) {
    let red = data[i], green = data[i + 1], blue = data[i + 2]
    const alpha = data[i + 3]
    if (alpha < 255) [red, green, blue] = [red, green, blue].map(o => Math.round((o*alpha + back*(255 - alpha))/255))
    if (channels == 1) { res[at] = (red*19595 + green*38470 + blue*7471 + 0x8000) >> 16; continue } // as Pillow does
    res[at] = red
    res[at + 1] = green
    res[at + 2] = blue
  }
  return res
}

// Rows of bytes at a `k`-th of their size: means of `k` x `k` pixels, or of those that there are at the ends
function reduced(data, width, channels, k) {
  const height = data.length/width/channels, w = Math.ceil(width/k), h = Math.ceil(height/k)
  const res = new Uint8Array(w*h*channels), sums = new Uint32Array(w*channels)
  for (let top = 0; top < h; top++) {
    const rows = Math.min(k, height - top*k)
    sums.fill(0)
    for (let y = 0, from = top*k*width*channels; y < rows; y++)
      for (let x = 0, at = 0, left = k; x < width; x++, from += channels) {
        for (let c = 0; c < channels; c++) sums[at + c] += data[from + c]
        if (--left == 0) { left = k; at += channels }
      }
    for (let x = 0, at = 0; x < w; x++) {
      const n = rows*Math.min(k, width - x*k)
      for (let c = 0; c < channels; c++, at++) res[top*w*channels + at] = Math.round(sums[at]/n)
    }
  }
  return res
}

const LARGE = 16e6 // pixels

// By how much an image is reduced before it is resized, as when it is opened in Python: a JPEG file is decoded at a
// half, a quarter or an eighth of its size
function divisor({width, height, isJpeg}, size) {
  const smaller = Math.min(width, height)/size
  if (isJpeg) return [8, 4, 2].find(k => smaller >= k) ?? 1
  return width*height > LARGE ? Math.max(1, Math.floor(smaller/2)) : 1
}

class Pixels {
  constructor(image, {size, channels}) {
    this.divisor = divisor(image, size)
    Object.assign(this, {image, channels})
    for (const side of ['width', 'height']) this[side] = Math.ceil(image[side]/this.divisor)
  }

  // Calls `use` with the number of the first row, and the bytes of some rows
  forStrips(use) {
    const {image: {width, height}, channels, divisor} = this
    const rows = divisor*Math.max(1, Math.floor(STRIP/width/divisor))
    const context = canvas(width, Math.min(rows, height)), back = background(this.image)
    for (let top = 0; top < height; top += rows) {
      const n = Math.min(rows, height - top)
      context.clearRect(0, 0, width, n)
      context.drawImage(this.image, 0, top, width, n, 0, 0, width, n)
      const data = withChannels(context.getImageData(0, 0, width, n).data, channels, back)
      use(top/divisor, divisor == 1 ? data : reduced(data, width, channels, divisor))
    }
  }

  // They, or a box of them, as width x height pixels: (height, width, channels) bytes
  resized(width, height, box) {
    const resizer = new Resizer(this, this.channels, width, height, box)
    this.forStrips((top, data) => resizer.add(top, data))
    return resizer.result()
  }
}

function roundHalfToEven(x) { return x % 1 == .5 ? 2*Math.round(x/2) : Math.round(x) } // as Python rounds

// (size, size, channels) bytes
export function square(image, pre) {
  const {size, resize, channels, mean} = pre, pixels = new Pixels(image, pre), {width, height} = pixels
  if (resize == 'squish') return pixels.resized(size, size)
  if (resize == 'crop') {
    const side = Math.min(width, height), left = (width - side)*.5, top = (height - side)*.5
    return pixels.resized(size, size, [left, top, left + side, top + side])
  }
  const [w, h] = [width, height].map(o => Math.max(1, roundHalfToEven(o/Math.max(width, height)*size)))
  const bars = mean.map(o => roundHalfToEven(255*o)), part = pixels.resized(w, h)
  const left = roundHalfToEven((size - w)/2), top = roundHalfToEven((size - h)/2)
  const res = Uint8Array.from({length: size*size*channels}, (_, i) => bars[i % channels])
  for (let y = 0; y < h; y++)
    res.set(part.subarray(y*w*channels, (y + 1)*w*channels), ((top + y)*size + left)*channels)
  return res
}

// (channels, size, size) float32
export function networkInput(image, pre) {
  const bytes = square(image, pre), {channels, mean, std} = pre, res = new Float32Array(bytes.length)
  const places = bytes.length/channels, float = Math.fround
  for (let i = 0; i < bytes.length; i++) {
    const c = i % channels, value = float(float(bytes[i]/255) - float(mean[c]))
    res[c*places + (i - c)/channels] = value/float(std[c])
  }
  return res
}
