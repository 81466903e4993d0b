// Gradio runs this for the upload area: `element` is that area, and `trigger` sends an event to the server.
// One question is sent at a time. What the visitor asks meanwhile is sent afterwards, and only the last of it:
// Gradio would otherwise lose the question or the image that belongs to it.
const file = element.querySelector('[type=file]'), small = element.querySelector('[name=small]')
const maxBytes = +element.querySelector('[data-max-bytes]').dataset.maxBytes
let question = null, busy = false, askAgain = false, result = null

const watcher = new MutationObserver(() => {
  if (result.querySelector('.pending')) return
  busy = false
  if (askAgain) ask()
})

function ask() {
  if (!question) return
  if (askAgain = busy) return
  busy = true
  if (!result) {
    result = document.querySelector('.lf-out')
    watcher.observe(result, {subtree: true, attributes: true, attributeFilter: ['class']})
  }
  trigger('look', {...question, small: small.checked})
  if (innerWidth < 720) result.scrollIntoView({behavior: 'smooth', block: 'nearest'})
}

function put(image) { question = image; ask() }

function take(image) {
  if (!image) return
  const notSent = {name: image.name, bytes: image.size} // the answer says why, in place of the last one
  if (image.size > maxBytes) return put(notSent)
  const reader = new FileReader()
  reader.onload = () => put({name: image.name, image: reader.result.split(',')[1] || ''})
  reader.onerror = () => put(notSent)
  reader.readAsDataURL(image)
}

file.onchange = () => { take(file.files[0]); file.value = '' }
small.onchange = ask
for (const button of element.querySelectorAll('[data-example]'))
  button.onclick = () => put({name: button.title, example: +button.dataset.example})
document.addEventListener('paste', e => take(e.clipboardData.files[0]))
document.addEventListener('dragover', e => e.preventDefault())
document.addEventListener('drop', e => { e.preventDefault(); take(e.dataTransfer.files[0]) })
element.dataset.ready = 'yes'
