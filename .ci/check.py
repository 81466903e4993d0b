"""The checks behind .ci/run, one function a check; only the standard library, so that any Python starts it.

python3 .ci/check.py                 all; makes new environments in .venv-dev, .venv-wheel and .venv-serve
python3 .ci/check.py readme sizes    the checks named, with the tools of the Python that runs this file
"""
import ast, hashlib, json, os, re, shutil, signal, subprocess, sys, tempfile, threading, time
from configparser import ConfigParser
from pathlib import Path
from zipfile import ZipFile

root = Path(__file__).resolve().parents[1]
config = ConfigParser(delimiters=['='])
config.read(root/'settings.ini', encoding='utf-8')
cfg = config['DEFAULT']
lib, nbs = root/cfg['lib_path'], root/cfg['nbs_path']
bin_dir = Path(sys.executable).parent # of the environment under test; the check `notebooks` makes a new one

# What nbdev knows of and this project uses, with Quarto's figure options. A misspelt directive is only a comment.
directive = re.compile(r'''\#\|\ (default_exp\ [\w.]+ | export | exporti | hide | hide_input | hide_output | slow | cuda
                           | eval:\ (true|false) | fig-(alt|cap):\ .+)''', re.X)
# these import neither torch nor fastai
light = '''core freed_memory writing cache_folder machine terminal progress spreadsheets stats download cache testing
           images.archives images.io images.files images.preprocess images.fingerprint images.duplicates images.layout
           images.label_table images.table images.audit images.split
           synth.marks synth.shapes synth.backgrounds synth.compose synth.logos public_datasets datasets
           artifact.files artifact.hub artifact.card artifact.config
           calibration.confidence calibration.reliability calibration.rates calibration.unknown calibration.label_issues
           evaluation figures interpret curves html report.page report.run_report report.audit_report
           exported_model predictions inference runs.log runs.config runs.run runs.leaks
           serve.gallery serve.app serve.bot scale.storage scale.containers scale.sources scale.maps scale.shards
           commands.options commands.audit commands.predict commands.training commands.serving cli'''.split()
# and these not even pandas
lighter = '''core freed_memory writing cache_folder machine terminal progress spreadsheets images.archives images.io
             images.files images.preprocess artifact.config calibration.confidence models.graph_cost exported_model
             predictions inference scale.storage scale.containers scale.sources scale.maps scale.shards cli'''.split()

def need(ok, why):
    if not ok: raise AssertionError(why)

def sh(*cmd, cwd=root):
    "Output of a command, its text in the error when it fails"
    res = subprocess.run(list(map(str, cmd)), cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    need(res.returncode == 0, f"{' '.join(map(str, cmd))} gave {res.returncode}: {res.stdout.strip()[-800:]}")
    return res.stdout

def notebook_paths():
    found = (p for p in nbs.rglob('*.ipynb') if not any(o[0] in '._' for o in p.relative_to(nbs).parts))
    return sorted(found)

def notebook_cells():
    "(path below nbs, cell) for every cell"
    for p in notebook_paths():
        for c in json.loads(p.read_text(encoding='utf-8'))['cells']: yield p.relative_to(nbs).as_posix(), c

def source(cell): return ''.join(cell['source'])

def snapshot():
    "Every file git would see, untracked ones included, with its hash"
    names = sh('git', 'ls-files', '-z', '-c', '-o', '--exclude-standard').split('\0')
    return {n: hashlib.sha256((root/n).read_bytes()).hexdigest() for n in names if n and (root/n).is_file()}

def changes_nothing(*cmd):
    before = snapshot()
    out = sh(*cmd)
    after = snapshot()
    changed = sorted(n for n in {**before, **after} if before.get(n) != after.get(n))
    need(not changed, f"changed {', '.join(changed)}")
    return out

# --- the test command ---

def run_shown(cmd, limit):
    "Run a shell command, show its output and return it with the exit code; all is killed after `limit` seconds"
    p = subprocess.Popen(['bash', '-c', cmd], cwd=root, text=True, errors='replace', start_new_session=True,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    timer = threading.Timer(limit, os.killpg, (p.pid, signal.SIGKILL))
    timer.start()
    lines = []
    for line in p.stdout:
        print(line, end='', flush=True)
        lines.append(line)
    timer.cancel()
    return ''.join(lines), p.wait()

def test_command():
    text = (root/'README.md').read_text(encoding='utf-8')
    found = re.findall(r'(?m)^python3 -m venv \.venv-dev && .*nbdev_test$', text)
    need(len(found) == 1, f'README.md has {len(found)} test commands')
    return found[0]

def check_notebooks():
    "The README's test command, word for word, in a new environment; each notebook counts as one check"
    global bin_dir
    shutil.rmtree(root/'.venv-dev', ignore_errors=True)
    before = snapshot()
    out, code = run_shown(test_command(), limit=60*60)
    bin_dir = root/'.venv-dev'/'bin'
    failed = re.findall(r'(?m)^\t(\S+\.ipynb)$', out.partition('nbdev Tests Failed On The Following Notebooks')[2])
    need(code == 0 or failed, f'the test command gave {code} before it had run every notebook')
    where = set(re.findall(r'(?m)^\w+ in (\S+\.ipynb):$', out)) # names alone can be those of several notebooks
    for p in notebook_paths():
        same = [o for o in notebook_paths() if o.name == p.name]
        bad = p.name in failed and (str(p) in where or not where & set(map(str, same)))
        record(p.relative_to(root).as_posix(), why='its tests fail, see above' if bad else None)
    left = sorted(set(snapshot()) - set(before))
    need(not left, f"the tests left {', '.join(left)}")
    return 'nothing left behind'

# --- notebooks and library agree ---

def check_export():
    "nbdev_export changes nothing"
    changes_nothing(bin_dir/'nbdev_export')

def check_clean():
    "nbdev_clean changes nothing"
    out = changes_nothing(bin_dir/'nbdev_clean')
    need('Failed' not in out, out)

def check_readme():
    "README.md, its figures, llms.txt, the table of chapters and all links are what .ci/readme.py gives"
    try: changes_nothing(bin_dir/'python', root/'.ci'/'readme.py', '--check')
    except AssertionError as e: raise AssertionError(f'.ci/readme.py has to be run: {e}') from None

def check_errors():
    "No stored output is an error"
    bad = [f"{n} {c['id']}" for n,c in notebook_cells() for o in c.get('outputs', []) if o['output_type'] == 'error']
    need(not bad, ', '.join(bad))

def check_ids():
    "Each cell has an id, and it is unique in its notebook: without ids no export is like the last"
    seen, bad = set(), []
    for n,c in notebook_cells():
        if not re.fullmatch(r'[\w-]{1,64}', c.get('id', '')): bad.append(f'{n}: no id at {source(c)[:40]!r}')
        elif (n, c['id']) in seen: bad.append(f"{n}: {c['id']} twice")
        seen.add((n, c.get('id')))
    old = [str(p.relative_to(nbs)) for p in notebook_paths()
           if json.loads(p.read_text(encoding='utf-8')).get('nbformat_minor', 0) < 5]
    need(not bad and not old, '; '.join(bad + [f'{n}: format before 4.5 has no ids' for n in old]))

def check_directives():
    "Only known directives, each at the top of its cell"
    bad = []
    for n,c in notebook_cells():
        lines = source(c).splitlines() if c['cell_type'] == 'code' else []
        head = next((i for i,l in enumerate(lines) if l.strip() and not re.match(r'\s*#\s*\|', l)), len(lines))
        for i,l in enumerate(lines):
            if not re.match(r'\s*#\s*\|', l): continue
            if not directive.fullmatch(l.rstrip()): bad.append(f'{n}: unknown {l.strip()!r}')
            elif i > head: bad.append(f'{n}: {l.strip()!r} below code')
    need(not bad, '; '.join(bad))

def check_sizes():
    "Every notebook is under 500 KB"
    sizes = {p.relative_to(nbs): p.stat().st_size for p in notebook_paths()}
    bad = [f'{p} {size/1000:.0f} KB' for p,size in sizes.items() if size >= 500_000]
    need(not bad, ', '.join(bad))

def outputs_with(pattern):
    "Cells with a stored output, images aside, in which the compiled `pattern` is found"
    for n,c in notebook_cells():
        for o in c.get('outputs', []):
            parts = [o.get('text', ''), *(v for k,v in o.get('data', {}).items() if 'image' not in k)]
            if any(pattern.search(''.join(t)) for t in parts): yield f"{n} {c['id']}"

def check_paths():
    "No stored output names a folder of the machine it was made on"
    home = re.compile(rf'(?<![\w.])({re.escape(str(root))}|/home/|/root/|/tmp/|/Users/|/\S+/site-packages/)')
    need(not (bad := set(outputs_with(home))), ', '.join(sorted(bad)))

def check_progress():
    "No stored output is a progress bar or fastai's table of epochs, and no notebook stores widgets"
    shown = re.compile(r'fastprogress|progress \{ ?appearance|text-align: left;">\n\s*<th>epoch|\d+%\|')
    with_widgets = [p.stem for p in notebook_paths() if '"widgets": {' in p.read_text(encoding='utf-8')]
    need(not (bad := {*outputs_with(shown), *with_widgets}), ', '.join(sorted(bad)))

def check_stand_ins():
    "Notebooks on data sets that may not be republished were run with `LOGO_FASTAI_STAND_INS`, as their output says"
    using = {n for n,c in notebook_cells() if n.startswith('experiments/') and re.search(r'\bstand_in\b', source(c))}
    drawn = {n for n,c in notebook_cells() if any('image/png' in o.get('data', {}) for o in c.get('outputs', []))}
    said = {o.split()[0] for o in outputs_with(re.compile('figures show generated images'))}
    need(not (bad := using & drawn - said), ', '.join(sorted(bad)))

def check_site():
    "nbdev prepares every chapter for the site: it runs the cells with imports alone, so they hold nothing else"
    code = 'from nbdev.serve import proc_nbs; proc_nbs(n_workers=2, force=True)'
    try: out = sh(bin_dir/'python', '-c', code)
    finally: shutil.rmtree(root/'_proc', ignore_errors=True)
    mixed = re.findall(r'imports and other code.*?\n---\n(.*?)\n---', out, re.S)
    need(not mixed, 'imports and other code in one cell: ' + '; '.join(m.splitlines()[0] for m in mixed))

# --- the modules ---

def modules():
    return [p for p in sorted(lib.rglob('*.py')) if p.name not in ('__init__.py', '_modidx.py')]

def module_name(path): # `__main__` is made by the notebook `main`, since nbdev skips those that begin with _
    return '.'.join(path.relative_to(lib).with_suffix('').parts).replace('__main__', 'main')

def imports(path):
    "(module of ours, names) that the file `path` imports, those inside functions too"
    here = module_name(path).split('.')
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        names = [a.name for a in getattr(node, 'names', [])] if isinstance(node, (ast.ImportFrom, ast.Import)) else []
        if isinstance(node, ast.Import):
            for n in names:
                if n.startswith(f'{lib.name}.'): yield n.removeprefix(f'{lib.name}.'), []
            continue
        if not isinstance(node, ast.ImportFrom): continue
        if node.level: base = here[:-node.level] + ([node.module] if node.module else [])
        elif (node.module or '').split('.')[0] == lib.name: base = node.module.split('.')[1:]
        else: continue
        folder = lib.joinpath(*base)
        if folder.is_dir(): # `from logo_fastai.commands import audit`
            for n in names:
                if (folder/f'{n}.py').exists() or (folder/n).is_dir(): yield '.'.join([*base, n]), []
        else: yield '.'.join(base), names

def import_order():
    "Modules in the order of the sidebar's part Source, which is the order of imports"
    text = (nbs/'sidebar.yml').read_text(encoding='utf-8').partition('- section: Source\n')[2]
    return [m.replace('/', '.') for m in re.findall(r'- library/(\S+)\.ipynb', text)]

def check_layers():
    "A module imports only what stands above it in nbs/sidebar.yml; no two packages import each other"
    order, found, between = import_order(), {module_name(p): p for p in modules()}, {}
    need(sorted(order) == sorted(found), f'nbs/sidebar.yml and {lib.name} differ in {sorted(set(order) ^ set(found))}')
    bad = []
    for i,m in enumerate(order):
        for other,_ in imports(found[m]):
            need(other in order, f'{m} imports {other}, which is no module')
            if order.index(other) >= i: bad.append(f'{m} imports {other}')
            a, b = m.split('.')[0], other.split('.')[0]
            if a != b: between.setdefault((a, b), f'{m} imports {other}')
    bad += [f'{between[a, b]} and {between[b, a]}' for a,b in between if a < b and (b, a) in between]
    need(not bad, '; '.join(bad))
    return f'{len(order)} modules'

def check_names():
    "No private name is imported, and none stands in two modules"
    bad, where = [], {}
    for p in modules():
        bad += [f'{module_name(p)} imports {n} of {m}' for m,ns in imports(p) for n in ns if re.match(r'_(?!_)', n)]
        for node in ast.parse(p.read_text(encoding='utf-8')).body:
            defs = [node.name] if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) else \
                   [n.id for t in getattr(node, 'targets', []) for n in ast.walk(t) if isinstance(n, ast.Name)]
            for n in defs: where.setdefault(n, set()).add(module_name(p))
    bad += [f"{n} is in {' and '.join(sorted(ms))}" for n,ms in where.items() if len(ms) > 1 and n != '__all__']
    need(not bad, '; '.join(bad))

# --- words ---

# as a part of an identifier or a flag, or in a heading
retired = set('''picture pictures artefact colour colours coloured grey normalise normalised licence licences neighbour
    neighbours centre far keeps kept stored strangers views evidence ground grounds school schooled bent plan planned
    told solved rests lives moves thawed forerunner forerunners anew'''.split())
allowed = {'so_far', 'kept'} # ordinary English; a key of config.json
# anywhere in a notebook
phrases = re.compile(r'''forerunner | \banew\b | artefact | colour | normalis | licence | neighbour | \bin\ 8\ bits\b
                         | \bschool(ed)?\b | knows?\ the\ answers | \bthaw | Its\ words | what\ speaks\ for
                         | \ba\ picture\b''', re.I | re.X)

def identifiers(code):
    "Names, attributes, parameters and keywords in Python code, and the flags in its strings"
    for node in ast.walk(ast.parse(code)):
        yield from (v for f in ('id', 'attr', 'arg', 'name') if isinstance(v := getattr(node, f, None), str))
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r'(?<![\w-])--([a-z][\w-]+)', node.value)

def is_retired(name):
    parts = re.sub(r'(?<=[a-z])(?=[A-Z])', '_', name).lower().replace('-', '_').split('_')
    return name not in allowed and retired & set(parts)

def check_words():
    "The retired terms of the glossary are in no identifier, flag or heading, and a few phrases nowhere"
    bad = []
    for n,c in notebook_cells():
        text = source(c)
        if c['cell_type'] == 'code': names = identifiers(re.sub(r'(?m)^(\s*)[%!].*$', r'\1pass', text))
        else: names = re.findall(r'[A-Za-z_]\w*', ' '.join(re.findall(r'(?m)^#+ (.*)$', text)))
        bad += [f'{n} {c["id"]}: {o}' for o in names if is_retired(o)]
        bad += [f'{n} {c["id"]}: {o[0]!r}' for o in phrases.finditer(text)]
    need(not bad, '; '.join(dict.fromkeys(bad)))

# --- links ---

def documents():
    "(path, Markdown) of each notebook's text cells and of each document that people read"
    for p in notebook_paths():
        cells = json.loads(p.read_text(encoding='utf-8'))['cells']
        shown = [source(c) for c in cells if c['cell_type'] == 'markdown']
        exported = [o for c in cells for o in re.findall(r'(?m)^(?:def|class) ([a-z]\w*)', source(c), re.I)
                    if '#| export\n' in source(c)] # nbdev gives each of these a heading
        yield p, '\n\n'.join(shown + [f'### {o}' for o in exported])
    for name in ('README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'nbs/llms.txt'):
        yield root/name, (root/name).read_text(encoding='utf-8')

def link_targets(text):
    "What the links and images in Markdown point at; code is left out"
    text = re.sub(r'(?ms)^```.*?^```|`[^`\n]*`', '', text)
    return re.findall(r'\]\(<?([^()\s>]*(?:\([^()\s]*\)[^()\s>]*)*)>?(?: "[^"]*")?\)', text)

def anchors(text):
    "The anchors of the headings in Markdown, as Pandoc and GitHub make them"
    res = set()
    for heading in re.findall(r'(?m)^#+ +(.+?)\s*$', re.sub(r'(?ms)^```.*?^```', '', text)):
        if m := re.search(r'\{#([\w.-]+)', heading): res.add(m[1])
        plain = re.sub(r'\[([^]]*)\]\([^)]*\)', r'\1', heading).replace('`', '').strip().lower()
        for kept in (r'[^\w\s.-]', r'[^\w\s-]'): # Pandoc keeps periods, GitHub does not
            slug = re.sub(r'\s', '-', re.sub(kept, '', plain))
            res |= {slug, re.sub(r'^[^a-z]+', '', slug)} # Pandoc begins with the first letter
    return res

def external_links():
    "Addresses in the documents, each with the documents that hold it"
    res = {}
    for p, text in documents():
        name = p.relative_to(root).as_posix()
        for target in link_targets(text):
            if re.match(r'[a-z][a-z0-9+.-]*:', target): res.setdefault(target, []).append(name)
    return res

def check_links():
    "Each relative link leads to a file, each anchor to a heading; each address has a plausible form"
    texts, bad, n = {p.resolve(): t for p,t in documents()}, [], 0
    for p, text in documents():
        for target in link_targets(text):
            n += 1
            where = f'{p.relative_to(root).as_posix()}: {target}'
            if re.match(r'[a-z][a-z0-9+.-]*:', target):
                if not re.fullmatch(r'https?://[\w-]+(\.[\w-]+)+(:\d+)?([/?#]\S*)?', target): bad.append(where)
                continue
            name, _, anchor = target.partition('#')
            file = (p.parent/name).resolve() if name else p.resolve()
            if not file.exists(): bad.append(where)
            elif anchor and file in texts and anchor not in anchors(texts[file]): bad.append(where)
    need(not bad, '; '.join(bad))
    return f'{n} links'

def check_ruff():
    "ruff finds nothing unused or wrong"
    sh(bin_dir/'ruff', 'check', root)

def check_types():
    "mypy sees the types of the library in a user's script"
    with tempfile.TemporaryDirectory() as cache:
        sh(bin_dir/'python', '-m', 'mypy', '--cache-dir', cache, '--follow-imports', 'silent',
           '--ignore-missing-imports', root/'.ci'/'user_script.py')

def check_light():
    "Modules that promise it import neither torch nor fastai, and those for prediction no pandas"
    bad = []
    for names,heavy in ((light, ['torch', 'fastai']), (lighter, ['pandas'])): # in one process: each adds to the last
        code = f"""
import sys
from importlib import import_module
for name in {names}:
    import_module('{lib.name}.' + name)
    if found := set({heavy}) & set(sys.modules): sys.exit(f'{{name}} imports {{found}}')"""
        try: sh(bin_dir/'python', '-c', code, cwd=tempfile.gettempdir())
        except AssertionError as e: bad.append(str(e).rpartition(': ')[2])
    need(not bad, ', '.join(bad))

def check_help():
    "logo_fastai --help answers; says how fast"
    times = []
    for _ in range(3):
        t = time.perf_counter()
        out = sh(bin_dir/'logo_fastai', '--help', cwd=tempfile.gettempdir())
        times.append(time.perf_counter() - t)
    need('train' in out, out)
    return f'{min(times):.2f} s'

def check_lines():
    "Lines of code up to 120 characters"
    code = [(n, l) for n,c in notebook_cells() if c['cell_type'] == 'code' for l in source(c).splitlines()]
    code += [(p.name, l) for p in [root/'setup.py', root/'.ci'/'dev', *(root/'.ci').glob('*.py')]
             for l in p.read_text(encoding='utf-8').splitlines()]
    bad = [f'{n}: {len(l)} {l.strip()[:40]!r}' for n,l in code if len(l) > 120]
    need(not bad, '; '.join(bad))

def check_comments():
    "Comments on lines of their own are under 3 % of the library"
    lines = [l.strip() for p in modules() for l in p.read_text(encoding='utf-8').splitlines()]
    lines = [l for l in lines if l and not l.startswith(('# %%', '# AUTOGENERATED'))]
    share = sum(l.startswith('#') for l in lines)/max(1, len(lines))
    need(share < 0.03, f'{share:.1%}')
    return f'{share:.1%}'

def check_workflows():
    "The workflow tests the Python versions of settings.ini, quoted; every action is pinned by its commit"
    files = {p.name: p.read_text(encoding='utf-8') for p in (root/'.github'/'workflows').glob('*.y*ml')}
    m = re.search(r'python: \[(.*)\]', files.get('test.yaml', ''))
    want = ', '.join(f'"{v}"' for v in cfg['python_versions'].split())
    need(m and m[1] == want, f'test.yaml should have python: [{want}]')
    used = [(n, u) for n,t in files.items() for u in re.findall(r'uses: (?!\./)(.+)', t)]
    loose = [f'{n}: {u}' for n,u in used if not re.search(r'@[0-9a-f]{40} # v\d', u)]
    need(not loose, '; '.join(loose))

def check_requirements():
    "Each requirement has a floor, extras agree, and the lock file has them all with checksums and no other address"
    known = {}
    for key in (k for k in cfg if k.endswith('requirements')):
        for o in cfg[key].split():
            name = re.split(r'[<>=!~\[]', o)[0]
            need(known.setdefault(name, o) == o, f'{name} is {known[name]} and {o} in settings.ini')
    users = [k for k in cfg if k.endswith('requirements') and k != 'dev_requirements']
    floorless = [o for k in users for o in cfg[k].split() if not re.search(r'[=<>]', o)]
    need(not floorless, f"no version is given for {', '.join(floorless)}")
    lock = (root/'requirements-dev.lock').read_text(encoding='utf-8')
    need('://' not in lock and 'file:' not in lock and ' /' not in lock, 'requirements-dev.lock names an address')
    locked = set(re.findall(r'(?m)^([\w.-]+)==.*\\\n +--hash=sha256:', lock))
    def plain(n): return re.sub(r'[-_.]+', '-', n).lower()
    missing = {plain(n) for n in known} - {plain(n) for n in locked}
    need(not missing, f"requirements-dev.lock lacks {', '.join(sorted(missing))}: run .ci/lock.py")
    return f'{len(locked)} packages are locked'

# --- the wheel ---

def built_wheel(folder):
    "Build the wheel into a folder, or take the one that the environment variable WHEEL names"
    if os.environ.get('WHEEL'): return Path(os.environ['WHEEL']).resolve()
    sh(bin_dir/'python', '-m', 'build', '--outdir', folder, root)
    return next(Path(folder).glob('*.whl'))

def check_metadata():
    "The wheel has its license as PEP 639 wants it, and its version is that of CITATION.cff and of CHANGELOG.md"
    with tempfile.TemporaryDirectory() as away, ZipFile(built_wheel(away)) as wheel:
        names = wheel.namelist()
        text = wheel.read(next(n for n in names if n.endswith('.dist-info/METADATA'))).decode()
    fields = [tuple(line.split(': ', 1)) for line in text.partition('\n\n')[0].splitlines() if ': ' in line]
    for field in [('License-Expression', 'Apache-2.0'), ('License-File', 'LICENSE'), ('Version', cfg['version'])]:
        need(field in fields, f'METADATA lacks {": ".join(field)}')
    need(not any('License ::' in v for _,v in fields), 'METADATA has a license classifier')
    need(any(n.endswith('.dist-info/licenses/LICENSE') for n in names), 'the wheel lacks LICENSE')
    for name, line in (('CITATION.cff', f'version: {cfg["version"]}\n'), ('CHANGELOG.md', f'\n## {cfg["version"]} (')):
        need(line in (root/name).read_text(encoding='utf-8'), f'{name} lacks version {cfg["version"]}')

def check_serve():
    "The wheel with requirements-serve.txt alone predicts and serves, in less than 200 MB"
    env, fixture = root/'.venv-serve', nbs/'_fixtures'/'0.1.0'
    shutil.rmtree(env, ignore_errors=True)
    with tempfile.TemporaryDirectory() as away:
        sh(sys.executable, '-m', 'venv', env)
        own = folder_size(env)
        sh(env/'bin'/'pip', 'install', '-q', '-r', root/'requirements-serve.txt', cwd=away)
        sh(env/'bin'/'pip', 'install', '-q', '--no-deps', built_wheel(away), cwd=away)
        size = folder_size(env) - own
        need(size < 200e6, f'{size/1e6:.0f} MB')
        expected = json.loads((fixture/'expected.json').read_text())
        images = [fixture/o for o in expected['images']]
        def labels(*words): return [o['label'] for o in json.loads(sh(env/'bin'/'logo_fastai', *words, '--json'))]
        found = dict(artifact=labels('predict', fixture/'artifact', *images),
                     gallery=labels('gallery', 'predict', fixture/'gallery', *images, '--model', fixture/'artifact'))
        sh(env/'bin'/'logo_fastai', 'predict', fixture/'artifact', *images, '--out', 'table.csv', cwd=away)
        sh(env/'bin'/'logo_fastai', 'gallery', 'list', fixture/'gallery', cwd=away)
        for name, o in found.items(): need(o == [e['label'] for e in expected[name]], f'{name}: {o}')
        code = f'''
import socket, sys
from logo_fastai.serve.api import make_api
from logo_fastai.serve.served_model import ServedModel
make_api(ServedModel({str(fixture/'artifact')!r}))
heavy = {{'torch', 'fastai', 'pandas', 'onnx', 'scipy', 'matplotlib'}} & set(sys.modules)
sys.exit(f'{{heavy}} are imported' if heavy else 0)'''
        sh(env/'bin'/'python', '-c', code, cwd=away)
    shutil.rmtree(env)
    return f'{size/1e6:.0f} MB'

def folder_size(path): return sum(o.lstat().st_size for o in path.rglob('*'))

def check_wheel():
    "The built wheel, in an environment of its own: newest fastai, no nbdev, away from the checkout"
    env = root/'.venv-wheel'
    shutil.rmtree(env, ignore_errors=True)
    with tempfile.TemporaryDirectory() as away:
        wheel = built_wheel(away)
        sh(sys.executable, '-m', 'venv', env)
        sh(env/'bin'/'pip', 'install', '-q', wheel, cwd=away)
        newest = re.search(r'fastai \(([\d.]+)\)', sh(env/'bin'/'pip', 'index', 'versions', 'fastai', cwd=away))
        code = f'''
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from packaging.specifiers import SpecifierSet
import {lib.name}, sys
assert Path({lib.name}.__file__).is_relative_to(sys.prefix), {lib.name}.__file__
assert find_spec('nbdev') is None, 'nbdev is installed'
newest, allowed = '{newest[1]}', SpecifierSet('{re.search(r"fastai([<>=][^ ]*)", cfg["requirements"])[1]}')
assert version('fastai') == newest or newest not in allowed, f"fastai {{version('fastai')}} where {{newest}} is allowed"
from {lib.name}.learner import build_learner
assert callable(build_learner)
print('fastai', version('fastai'), 'fastcore', version('fastcore'))'''
        templates = f"""
from pathlib import Path
import {lib.name}
found = [o.name for o in Path({lib.name}.__file__).parent.rglob('templates/*')]
assert 'py.typed' in [o.name for o in Path({lib.name}.__file__).parent.iterdir()] and 'palette.css' in found, found"""
        said = sh(env/'bin'/'python', '-c', code, cwd=away).strip().splitlines()[-1]
        sh(env/'bin'/'logo_fastai', 'train', '--help', cwd=away)
        sh(env/'bin'/'python', '-c', templates, cwd=away)
    shutil.rmtree(env)
    return said

# --- the count ---

results = []
def record(name, why=None, said=None):
    "Print and count one result; `why` says what failed"
    results.append(not why)
    print(f'FAIL {name}: {why}' if why else f'ok {name}' + (f': {said}' if said else ''), flush=True)

def run_check(name, check):
    try: record(name, said=check())
    except Exception as e: record(name, why=str(e) if isinstance(e, AssertionError) else f'{type(e).__name__}: {e}')

def main(names):
    checks = {n[6:]: f for n,f in globals().items() if n.startswith('check_')}
    unknown = set(names) - set(checks)
    if unknown: sys.exit(f"no check {', '.join(unknown)}; there are {', '.join(checks)}")
    for n in names or checks: run_check(n, checks[n])
    print(f'{sum(results)} passed, {len(results) - sum(results)} failed')
    sys.exit(not all(results))

if __name__ == '__main__': main(sys.argv[1:])
