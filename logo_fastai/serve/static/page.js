// What the visitor sees and does; the network runs in worker.js

const $ = selector => document.querySelector(selector), root = document.documentElement
const worker = new Worker('worker.js', {type: 'module'}), waiting = new Map()
const MB = 1e6, total = +root.dataset.bytes, resize = root.dataset.resize
let loaded = 0, calls = 0

function call(name, ...args) {
  const id = calls++
  return new Promise((resolve, reject) => {
    waiting.set(id, {resolve, reject})
    worker.postMessage({id, name, args})
  })
}

worker.onmessage = ({data: {id, bytes, result, error, ofImage}}) => {
  if (bytes) {
    loaded += bytes
    $('#loading progress').value = loaded/total
    const [done, all] = [loaded, total].map(o => (o/MB).toFixed(0))
    return $('#loading span').textContent = `Loading the network: ${done} of ${all} MB`
  }
  const {resolve, reject} = waiting.get(id)
  waiting.delete(id)
  if (error === undefined) resolve(result)
  else reject(Object.assign(new Error(error), {ofImage}))
}
worker.onerror = () => fail('This browser cannot run the page. Please update it, or try another one.')

function fail(message) {
  $('#loading').hidden = true
  show($('#problem'), message)
}

function show(element, text) { element.textContent = text; element.hidden = !text }

function percent(p) { // never said to be 0 or 100 %
  return p < .001 ? 'under 0.1\u00a0%' : p > .999 ? 'over 99.9\u00a0%' : `${(100*p).toFixed(1)}\u00a0%`
}

function element(tag, text, className) {
  return Object.assign(document.createElement(tag), {textContent: text ?? '', className: className ?? ''})
}

// Answers

const cards = [] // of the images that were asked about, the last one first

function byBrands() { return $('[name=answer]:checked').value == 'brands' && !$('#answer').hidden }

function ask(files) {
  const asked = files.map(file => ({file, card: $('#card').content.firstElementChild.cloneNode(true)}))
  cards.unshift(...asked)
  $('#answers').prepend(...asked.map(o => o.card))
  for (const o of asked) {
    const {card, file} = o, url = URL.createObjectURL(file)
    Object.assign(card.querySelector('img'), {src: url, alt: file.name})
    card.querySelector('.remove').onclick = () => {
      card.remove()
      URL.revokeObjectURL(url)
      cards.splice(cards.indexOf(o), 1)
    }
    answer(card, file)
  }
  if (files.length && innerWidth < 720) $('#answers').scrollIntoView({behavior: 'smooth', block: 'nearest'})
}

async function answer(card, file) {
  card.dataset.state = 'waiting'
  try { showAnswer(card, file, await call('look', file, byBrands())) }
  catch (e) {
    card.dataset.state = 'failed'
    const why = e.ofImage ? e.message : `It could not be classified (${e.message}).`
    show(card.querySelector('.lf-error'), `${file.name}: ${why}`)
  }
}

function showAnswer(card, file, {kind, unknown, top, width, height, hasMaps, neighbors}) {
  const set = (name, text) => show(card.querySelector(name), text), first = top[0]
  set('.lead', unknown ? `Probably none of the ${kind} that this model knows` : 'Most likely, the image shows')
  set('.lf-label', unknown ? 'Unknown' : first.label)
  set('.more', unknown ? `The closest is ${first.label}, but it is not close enough.`
    : `with a probability of ${percent(first.probability)}.`)
  set('.lf-file', `${file.name}, ${width} × ${height} pixels`)
  for (const name of ['.lf-label', '.lf-bars']) card.querySelector(name).classList.toggle('lf-unknown', unknown)
  card.querySelector('.lf-bars').replaceChildren(...top.map(({label, probability}) => {
    const row = element('div'), bar = element('i')
    bar.style.width = `${100*probability}%`
    row.append(element('dt', label), element('dd', percent(probability)), bar)
    return row
  }))
  const canvas = card.querySelector('canvas'), toggle = card.querySelector('.lf-toggle input')
  card.querySelector('.lf-toggle').hidden = !hasMaps
  card.querySelector('.lf-toggle span').textContent = `Show which parts point to ${first.label}`
  toggle.checked = false
  canvas.hidden = true
  toggle.onchange = async () => { // it is computed when it is asked for
    if (!toggle.checked || !canvas.hidden) return
    try {
      drawHeatmap(canvas, await call('heatmap', file, first.i), width, height)
      canvas.hidden = false
    } catch (e) {
      toggle.checked = false
      card.querySelector('.lf-toggle span').textContent = `The heatmap could not be computed (${e.message})`
    }
  }
  showNeighbors(card, neighbors || [])
  card.dataset.state = 'answered'
}

// Dark where the network sees nothing of the class, over the square that it sees of the image
function drawHeatmap(canvas, {width, height, heat}, imageWidth, imageHeight) {
  const small = Object.assign(document.createElement('canvas'), {width, height}), dark = [20, 23, 28]
  const mask = new ImageData(width, height)
  heat.forEach((o, i) => mask.data.set([...dark, 255*.72*(1 - o)], 4*i))
  small.getContext('2d').putImageData(mask, 0, 0)
  const scale = 600/Math.max(imageWidth, imageHeight), context = canvas.getContext('2d')
  const [w, h] = [canvas.width, canvas.height] = [imageWidth, imageHeight].map(o => Math.max(1, Math.round(o*scale)))
  const side = {crop: Math.min(w, h), pad: Math.max(w, h)}[resize]
  const box = side ? [(w - side)/2, (h - side)/2, side, side] : [0, 0, w, h]
  context.fillStyle = `rgb(${dark.join(' ')} / .72)`
  context.fillRect(0, 0, w, h)
  context.clearRect(...box)
  context.imageSmoothingQuality = 'high'
  context.drawImage(small, ...box)
}

function showNeighbors(card, neighbors) {
  card.querySelector('.near').hidden = !neighbors.length
  card.querySelector('.lf-near').replaceChildren(...neighbors.map(({brand, cosine, thumbnail}) => {
    const row = element('li'), img = element('img')
    img.src = URL.createObjectURL(thumbnail)
    img.onload = () => URL.revokeObjectURL(img.src)
    row.append(img, element('b', brand), element('span', `similarity ${cosine.toFixed(2)}`))
    return row
  }))
}

function answerAgain() { for (const {card, file} of cards) answer(card, file) }

// Brands

function showBrands({counts, kept, hasThreshold}) {
  const had = !$('#answer').hidden, has = counts.length > 0
  $('#answer').hidden = !has
  if (!had && has) $('[name=answer][value=brands]').checked = true
  $('#brands').replaceChildren(...counts.map(([name, n]) => {
    const row = element('li'), button = element('button', '×')
    button.type = 'button'
    button.title = button.ariaLabel = `Remove ${name}`
    button.onclick = async () => changed(await call('removeBrand', name))
    row.append(element('span', `${name}, ${n} ${n == 1 ? 'image' : 'images'}`), button)
    return row
  }))
  show($('#brand-state'), !has ? '' : [
    hasThreshold ? 'An image that is unlike all of these is called unknown.'
      : 'Every image is taken for one of these: to call one unknown takes three brands with 19 images in all.',
    kept ? 'They stay in this browser.' : 'This browser forgets them when the page is closed.'].join(' '))
}

function changed({brands}) { showBrands(brands); answerAgain() }

$('#add').onsubmit = async event => {
  event.preventDefault()
  const name = $('#add [name=brand]').value.normalize('NFC').trim().replace(/\s+/g, ' ')
  const images = [...$('#add [type=file]').files]
  if (!name || !images.length) return show($('#add-problem'), 'Type the name of a brand, and choose images of it.')
  event.target.reset() // the next brand can be typed meanwhile
  $('#add button').disabled = true
  try {
    const result = await call('addBrand', name, images)
    show($('#add-problem'), result.problems.join(' '))
    changed(result)
  } catch (e) { show($('#add-problem'), `The images could not be added (${e.message}).`) }
  $('#add button').disabled = false
}
$('#answer').onchange = answerAgain

// Images come from a file, the camera, the clipboard, or are dropped

for (const input of document.querySelectorAll('.choose'))
  input.onchange = () => { ask([...input.files]); input.value = '' }
document.addEventListener('paste', e => ask([...e.clipboardData.files]))
document.addEventListener('dragover', e => e.preventDefault())
document.addEventListener('drop', e => { e.preventDefault(); ask([...e.dataTransfer.files]) })

call('load').then(({brands, pixelsAreChanged}) => {
  $('#loading').hidden = true
  if (pixelsAreChanged) show($('#problem'), 'To protect you against being recognized, this browser changes the pixels '
    + 'that a page reads, so the answers will be wrong. Allow this page to read them.')
  showBrands(brands)
  root.dataset.ready = 'yes'
}, e => fail(navigator.onLine ? `The page could not be loaded (${e.message.replace(/\.$/, '')}). Please load it again.`
  : 'There is no network, and the page was not loaded completely before.'))

navigator.serviceWorker?.register('sw.js').then(() => navigator.serviceWorker.ready)
  .then(() => {
    show($('#offline'), 'Loaded completely: the page now works without a network, too.')
    root.dataset.offline = 'yes'
  }, () => {}) // without it, the page works as long as there is a network
