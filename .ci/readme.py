"""Turns nbs/index.ipynb into README.md; needed after a change to the index, a title, the sidebar or `user` in settings.

python .ci/readme.py          brings links, Colab badges and set-up cells, and the lists of notebooks up to date,
                              writes README.md and nbs/images/
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
    "(section, notebooks) in the order of nbs/sidebar.yml"
    sections = []
    for line in (nbs/'sidebar.yml').read_text(encoding='utf-8').splitlines():
        if m := re.match(r' +- section: (.+)', line): sections.append((m[1], []))
        elif (m := re.match(r' +- (\S+\.ipynb)', line)) and sections: sections[-1][1].append(nbs/m[1])
    return sections

def chapters():
    "Notebooks in reading order, the index and drafts left out; each has to be in the sidebar"
    order = [p for _, ps in sidebar() for p in ps]
    found = {p for p in nbs.rglob('*.ipynb') if not any(o[0] in '._' for o in p.relative_to(nbs).parts)}
    differ = sorted(p.relative_to(nbs).as_posix() for p in set(order) ^ (found - {nbs/'index.ipynb'}))
    if differ: raise SystemExit(f'nbs/sidebar.yml and the notebooks in nbs/ differ: {differ}')
    return order

def linked(text):
    "`text` with every link to this project's repository, Colab pages and site as `user` in settings.ini has it"
    repo, host = re.escape(cfg['repo']), r'(github\.com|research\.google\.com/github)'
    text = re.sub(rf'{host}/[\w.-]+/{repo}\b', rf"\1/{cfg['user']}/{cfg['repo']}", text)
    return re.sub(rf'https://[\w.-]+\.github\.io/{repo}\b', cfg['doc_host'] + cfg['doc_baseurl'], text)

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
    if badge not in title.source: title.source += f'\n\n{colab_badge(path)}'
    code = nbformat.v4.new_code_cell(colab_setup(path), id='colab')
    if any(c.cell_type == 'code' for c in cells):
        nb.cells = [title, code, *(c for c in cells if c.id != 'colab')]
    return nbformat.writes(nb) + '\n'

def row(path):
    "A notebook as a line of the table, with its Colab badge"
    title, summary = title_and_summary(path)
    return f'| [{title}]({path.relative_to(nbs).as_posix()}) | {summary} | {colab_badge(path)} |'

def library_list():
    "The modules by section, as links"
    def link(p): return f"[{title_and_summary(p)[0]}]({p.relative_to(nbs).as_posix()})"
    return '\n'.join(f"- **{name}**: {', '.join(map(link, ps))}" for name, ps in sidebar() if 'library' in ps[0].parts)

def updated():
    "Path -> text of each notebook with its links by `user` and the lists in the index's cells; the index"
    res = {p: linked(with_colab(p)) for p in chapters()}
    res |= {nbs/'index.ipynb': linked((nbs/'index.ipynb').read_text(encoding='utf-8'))}
    index = nbformat.reads(res[nbs/'index.ipynb'], 4)
    rows = [row(p) for p in chapters() if 'tutorials' in p.parts]
    table = '\n'.join(['| notebook | what it is about | try it |', '| --- | --- | --- |', *rows])
    made = dict(chapters=table, library=library_list())
    for cell in index.cells:
        if made.get(cell.id, cell.source) != cell.source:
            cell.source = made[cell.id]
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
