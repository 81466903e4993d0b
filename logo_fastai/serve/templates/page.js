// Gradio runs this for the upload area: `element` is that area, and `trigger` sends an event to the server.
// One question is sent at a time, as Gradio would otherwise lose it or the image that belongs to it. What the
// visitor chooses meanwhile is asked afterwards, and takes the place of what was still to be asked.
const file = element.querySelector('[type=file]'), small = element.querySelector('[name=small]')
const maxBytes = +element.querySelector('[data-max-bytes]').dataset.maxBytes
const most = 20 // images at once
const imageOf = new WeakMap() // card -> the image that it is about
let chosen = [], choice = 0, last = Promise.resolve()

const out = () => document.querySelector('.lf-out'), earlier = () => document.querySelector('.lf-earlier')
const number = area => area.querySelector('[data-answer]')?.dataset.answer // each answer has its own
function inTurn(f) { last = last.then(f).catch(() => {}) }

// Ends when the area in which the answer appears has begun to wait and waits no longer
function send(kind, question, area) {
  return new Promise(resolve => {
    let began = false
    const watcher = new MutationObserver(() => {
      const pending = Boolean(area.querySelector('.pending'))
      began ||= pending
      if (pending || !began) return
      watcher.disconnect()
      resolve()
    })
    watcher.observe(area, {subtree: true, attributes: true, attributeFilter: ['class']})
    trigger(kind, question)
  })
}

// The image as it is sent; of one that cannot be, only what says why
function question(image) {
  if (!image.file) return image
  const notSent = {name: image.name, bytes: image.file.size}
  if (image.file.size > maxBytes) return notSent
  return new Promise(resolve => {
    const reader = new FileReader()
    reader.onload = () => resolve({name: image.name, image: reader.result.split(',')[1] || ''})
    reader.onerror = () => resolve(notSent)
    reader.readAsDataURL(image.file)
  })
}

function say(text) {
  const card = document.createElement('div')
  card.className = 'lf-card lf-error'
  card.append(text)
  earlier().append(card)
}

// The answer stays above those that follow
function keepAnswer() {
  const card = out().querySelector('.lf-card'), copy = card.cloneNode(true), form = card.querySelector('form')
  imageOf.set(copy, imageOf.get(card))
  if (form) copy.querySelector('select').value = form.querySelector('select').value
  earlier().append(copy)
}

async function look(image) {
  const before = number(out())
  await send('look', {...await question(image), small: small.checked}, out())
  if (number(out()) == before) return false
  const card = out().querySelector('.lf-card')
  imageOf.set(card, image)
  card.querySelectorAll('form').forEach(o => o.reset()) // Gradio goes on with the elements of the last answer
  card.querySelectorAll('details').forEach(o => { o.open = false })
  return true
}

function ask() {
  const own = ++choice
  let answered = false
  chosen.slice(0, most).forEach((image, i) => inTurn(async () => {
    if (own != choice) return
    if (i == 0) {
      earlier().replaceChildren()
      if (innerWidth < 720) out().scrollIntoView({behavior: 'smooth', block: 'nearest'})
    }
    if (answered) keepAnswer()
    answered = await look(image)
    if (!answered && chosen.length > 1) say(`${image.name} was not answered. Please try it again.`)
  }))
  if (chosen.length > most) inTurn(() => own == choice && say(`Only the first ${most} images were looked at.`))
}

function put(images) { if (images.length) { chosen = images; ask() } }
function take(files) { put([...files].map(o => ({name: o.name, file: o}))) }

async function correct(form) {
  const area = document.querySelector('.lf-noted'), before = number(area)
  const sent = await question(imageOf.get(form.closest('.lf-card')))
  await send('correct', {...sent, label: form.querySelector('select').value}, area)
  const failed = number(area) == before
  form.querySelector('.lf-said').textContent = failed ? 'This could not be sent. Please try it again.' : area.textContent
  form.querySelector('button').disabled = false
}

file.onchange = () => { take([...file.files]); file.value = '' }
small.onchange = () => { if (chosen.length) ask() }
for (const button of element.querySelectorAll('[data-example]'))
  button.onclick = () => put([{name: button.title, example: +button.dataset.example}])
document.addEventListener('submit', e => {
  if (!e.target.closest('.lf-wrong')) return
  e.preventDefault()
  e.target.querySelector('button').disabled = true
  inTurn(() => correct(e.target))
})
document.addEventListener('paste', e => take(e.clipboardData.files))
document.addEventListener('dragover', e => e.preventDefault())
document.addEventListener('drop', e => { e.preventDefault(); take(e.dataTransfer.files) })
element.dataset.ready = 'yes'
