"""Turns nbs/index.ipynb into README.md; needed after a change to the index, a title, the sidebar or `user` in settings.

python .ci/readme.py          brings links, Colab badges and set-up cells, and the table of tutorials up to date,
                              writes README.md, nbs/images/ and nbs/llms.txt
python .ci/readme.py --check  changes nothing, lists what would change, exit code 1 when something would
"""
import re, sys
from configparser import ConfigParser
from pathlib import Path
import nbformat
from nbconvert import MarkdownExporter
from nbconvert.preprocessors import ExtractOutputPreprocessor, Preprocessor

root = Path(__file__).resolve().parents[1]
config = ConfigParser(delimiters=['='])
config.read(root/'settings.ini', encoding='utf-8')
cfg = config['DEFAULT']
nbs = root/cfg['nbs_path']
badge = '[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]'

def sidebar():
    "(part, section, notebooks) in the order of nbs/sidebar.yml; the section is '' where a part lists notebooks itself"
    groups, part = [], ''
    for line in (nbs/'sidebar.yml').read_text(encoding='utf-8').splitlines():
        if m := re.match(r' {6}- section: (.+)', line):
            part = m[1]
            groups.append((part, '', []))
        elif m := re.match(r' {10}- section: (.+)', line): groups.append((part, m[1], []))
        elif (m := re.match(r' +- (\S+\.ipynb)', line)) and groups: groups[-1][2].append(nbs/m[1])
    return [g for g in groups if g[2]]

def of_part(*parts):
    "The notebooks of these parts of the sidebar"
    return [p for part, _, ps in sidebar() if part in parts for p in ps]

def chapters():
    "Notebooks in reading order, the index and drafts left out; each has to be in the sidebar"
    order = list(dict.fromkeys(p for _, _, ps in sidebar() for p in ps)) # Reference repeats some of Source
    found = {p for p in nbs.rglob('*.ipynb') if not any(o[0] in '._' for o in p.relative_to(nbs).parts)}
    differ = sorted(p.relative_to(nbs).as_posix() for p in set(order) ^ (found - {nbs/'index.ipynb'}))
    if differ: raise SystemExit(f'nbs/sidebar.yml and the notebooks in nbs/ differ: {differ}')
    return order

def linked(text):
    "`text` with every link to this project's repository, Colab pages and site as `user` in settings.ini has it"
    repo, host = re.escape(cfg['repo']), r'(github\.com|research\.google\.com/github)'
    text = re.sub(rf'{host}/[\w.-]+/{repo}\b', rf"\1/{cfg['user']}/{cfg['repo']}", text)
    return re.sub(rf'https://[\w.-]+\.github\.io/{repo}\b', cfg['doc_host'] + cfg['doc_baseurl'], text)

def site_page(path):
    "The address of a notebook's page on the site"
    return f"{cfg['doc_host']}{cfg['doc_baseurl']}/{path.relative_to(nbs).with_suffix('.html').as_posix()}"

def title_and_summary(path):
    "The title and the summary in the notebook's first cell"
    first = nbformat.read(path, 4).cells[0].source
    found = [re.search(rf'(?m)^{mark} +(.+?)\s*$', first) for mark in '#>']
    if not all(found): raise SystemExit(f'{path.name}: the first cell needs lines "# title" and "> summary"')
    return [m[1] for m in found]

def colab_badge(path):
    "The badge that opens the notebook in Colab"
    repo = f"{cfg['user']}/{cfg['repo']}/blob/{cfg['branch']}/{cfg['nbs_path']}"
    return f'{badge}(https://colab.research.google.com/github/{repo}/{path.relative_to(nbs).as_posix()})'

def colab_setup(path):
    "The cell that installs the library in Colab; chapters of the library read files beside them, so they get a clone"
    lines = ["#| hide", "if 'google.colab' in str(get_ipython()):"]
    def shell(command): lines.append(f"    get_ipython().system('{command}')")
    if 'library' in path.parts:
        shell(f"git clone -q --depth 1 {cfg['git_url']}")
        shell(f'pip install -q "./{cfg["repo"]}[all]"')
        folder = f"{cfg['repo']}/{path.parent.relative_to(root).as_posix()}"
        lines.append(f"    get_ipython().run_line_magic('cd', '-q {folder}')")
    else: shell(f'pip install -q "{cfg["lib_name"]}[all] @ git+{cfg["git_url"]}"')
    return '\n'.join(lines)

def with_colab(path):
    "The notebook's text with badge and set-up cell"
    nb = nbformat.read(path, 4)
    title, *cells = nb.cells
    own, found = colab_badge(path), re.escape(badge) + r'\(\S+?\)'
    if not re.search(found, title.source): title.source += f'\n\n{own}'
    title.source = re.sub(found, lambda m: own, title.source) # a notebook that was renamed or copied has another's
    code = nbformat.v4.new_code_cell(colab_setup(path), id='colab')
    if any(c.cell_type == 'code' for c in cells):
        nb.cells = [title, code, *(c for c in cells if c.id != 'colab')]
    return nbformat.writes(nb) + '\n'

def row(path):
    "A notebook as a line of the table, with its Colab badge"
    title, summary = title_and_summary(path)
    return f'| [{title}]({path.relative_to(nbs).as_posix()}) | {summary} | {colab_badge(path)} |'

def llms_txt(index):
    "The documentation for language models: each notebook of each part with its summary; the modules of Source last"
    title, summary = (re.search(rf'(?m)^{mark} +(.+?)\s*$', index.cells[0].source)[1] for mark in '#>')
    about = next((c.source for c in index.cells if c.id == 'what'), '')
    about = re.sub(r'\]\((?!\w+:|#)([^)]+)\.ipynb', lambda m: f']({site_page(nbs/m[1])}', about)
    lines, seen = [f'# {title}', '', f'> {summary}', '', about], set()
    for part in dict.fromkeys(part for part, _, _ in sidebar()):
        lines += ['', '## Optional' if part == 'Source' else f'## {part}', '']
        for p in of_part(part):
            if p in seen: continue
            seen.add(p)
            name, summary = title_and_summary(p)
            lines.append(f'- [{name}]({site_page(p)}): {summary}')
    return '\n'.join(lines) + '\n'

def updated():
    "Path -> text of each notebook with its links by `user` and the table in the index; the index"
    res = {p: linked(with_colab(p)) for p in chapters()}
    res |= {nbs/'index.ipynb': linked((nbs/'index.ipynb').read_text(encoding='utf-8'))}
    index = nbformat.reads(res[nbs/'index.ipynb'], 4)
    rows = [row(p) for p in chapters() if 'tutorials' in p.parts]
    table = '\n'.join(['| notebook | what it is about | try it |', '| --- | --- | --- |', *rows])
    cell = next(c for c in index.cells if c.id == 'chapters')
    if cell.source != table:
        cell.source = table
        res[nbs/'index.ipynb'] = nbformat.writes(index) + '\n'
    return res, index

def table(html):
    "A DataFrame's HTML as a Markdown table; the name of the index, a header row of its own there, joins the first"
    rows = [re.findall(r'<t[hd].*?>(.*?)</t[hd]>', r, re.S) for r in re.findall(r'<tr.*?>(.*?)</tr>', html, re.S)]
    rows = [[c.strip().replace('|', '\\|') for c in r] for r in rows]
    if html.partition('</thead>')[0].count('<tr') == 2: rows[:2] = [[a or b for a,b in zip(*rows[:2], strict=True)]]
    return '\n'.join('| ' + ' | '.join(r) + ' |' for r in [rows[0], ['---']*len(rows[0]), *rows[1:]])

class ForReadme(Preprocessor):
    "Drops what is hidden, names the language of each fence, and turns outputs into fences and plain tables"
    def preprocess(self, nb, resources):
        nb.metadata.language_info = {'name': 'python'}
        shown, resources['alts'] = [], []
        for cell in nb.cells:
            alt = re.search(r'(?m)^#\| fig-alt: *(.+?) *$', cell.source)
            flags = set(re.findall(r'(?m)^#\|\s*([\w-]+)', cell.source))
            cell.source = re.sub(r'(?m)^#\|.*\n?', '', cell.source).strip()
            if flags & {'hide', 'export', 'exporti', 'default_exp'} or not cell.source: continue
            shown.append(cell)
            if cell.cell_type == 'markdown':
                cell.source = re.sub(r'\]\((?!\w+:|#|/)([^)]+\.ipynb)', rf"]({cfg['nbs_path']}/\1", cell.source)
            else:
                cell.outputs = [] if 'hide_output' in flags else [o for o in map(self.output, cell.outputs) if o.data]
                cell.metadata.transient = {'remove_source': 'hide_input' in flags}
                resources['alts'] += [alt[1] if alt else 'figure' for o in cell.outputs if 'image/png' in o.data]
        nb.cells = shown
        return nb, resources

    def output(self, o):
        "A figure, a table or a fence of text; progress bars and warnings hold none of them"
        data = o.get('data', {'text/plain': o.text} if o.get('name') == 'stdout' else {})
        html, text = data.get('text/html', ''), data.get('text/plain', '').strip()
        if   'fastprogress' in html:  data = {}
        elif 'image/png' in data:     data = {'image/png': data['image/png']}
        elif 'text/markdown' in data: data = {'text/markdown': data['text/markdown']}
        elif '<table' in html:        data = {'text/markdown': table(html)}
        else:                         data = {'text/markdown': f'```text\n{text}\n```'} if text else {}
        return nbformat.v4.new_output('display_data', data)

def readme(index):
    "README.md's text and the bytes of its figures by file name"
    exporter = MarkdownExporter(default_preprocessors=[], preprocessors=[ForReadme, ExtractOutputPreprocessor])
    resources = {'unique_key': 'index', 'output_files_dir': f"{cfg['nbs_path']}/images"}
    text, resources = exporter.from_notebook_node(index, resources)
    for alt in resources['alts']: text = text.replace('![png]', f'![{alt}]', 1)
    text = re.sub(r'\n{3,}', '\n\n', re.sub(r'(?m)[ \t]+$', '', text))
    return linked(text.strip() + '\n'), resources['outputs']

def main():
    texts, index = updated()
    texts[root/'README.md'], figures = readme(index)
    texts[nbs/'llms.txt'] = llms_txt(index)
    wanted = {p: t.encode() for p,t in texts.items()} | {root/name: data for name,data in figures.items()}
    stray = set((nbs/'images').glob('index_*')) - set(wanted)
    changed = [p for p,data in wanted.items() if not p.exists() or p.read_bytes() != data] + sorted(stray)
    print('\n'.join(p.relative_to(root).as_posix() for p in changed) or 'README.md is up to date')
    if '--check' in sys.argv: sys.exit(bool(changed))
    for p in stray: p.unlink()
    for p in set(changed) - stray:
        p.parent.mkdir(exist_ok=True)
        p.write_bytes(wanted[p])

if __name__ == '__main__': main()
