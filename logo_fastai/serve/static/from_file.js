// Browsers load the parts of a page only from a web server
if (location.protocol == 'file:') {
  document.querySelector('#loading').hidden = true
  const problem = document.querySelector('#problem')
  problem.textContent = 'A browser does not load this page from a folder. Start a web server there with '
    + 'python -m http.server, and open http://localhost:8000.'
  problem.hidden = false
}
