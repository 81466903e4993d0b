"""Measure this library on one GPU, in under eight minutes: images per second, share of its peak, and the CUDA cells

python nbs/experiments/gpu.py --out gpu.json     on a GPU; every part in a process and with a time limit of its own
python nbs/experiments/gpu.py --small            the same in miniature, on the CPU, in under a minute

Each figure in the JSON file is a median over repetitions, after a warm-up and with the GPU's queue empty at both ends.
A part that fails is recorded with its error and does not stop the others; the exit code is then 1. Images and weights
are random, since neither changes the time; accuracy is not measured.
"""
import argparse, json, os, re, signal, statistics, subprocess, sys, tempfile, time, traceback
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = dict(step=150, checkpoint=40, probe=40, onnxruntime=30, loading=90, features=80, imagenette=60, cifar=90,
             cuda_cells=120) # the seconds that each may take; the first ones say most
CONVENTION = ('A multiplication and an addition count as 2 operations. A training step counts as 3 forward passes: the '
              'backward pass computes two products, by inputs and by weights, for each one of the forward pass.')
# Dense bfloat16, in operations per second, from the data sheets of the SXM versions
BF16_PEAKS = {'H100': 989e12, 'H200': 989e12, 'A100': 312e12, 'L4': 121e12, 'A10G': 70e12}

@dataclass
class Sizes:
    "How much is measured"
    photos:int=2048; tiny:int=4096                               # generated images
    size:int=224; bs:int=256; steps:int=12; repetitions:int=3    # of the training step
    arch:str='resnet50'; probes:tuple=('mobilenet_v2', 'resnet50')
    rows:tuple=(10_000, 100_000); width:int=1280                 # of the closed-form head
    matmul:int=8192

SMALL = Sizes(40, 80, 32, 4, 1, 3, 'resnet18', ('resnet18',), (200, 400), 32, 256)

# --- images, made before anything imports torch ---

def write_image(path, size, seed):
    "A random image, smooth with a little grain, so that a JPEG of 500x375 has about 40 KB, as a photo has"
    import numpy as np
    from PIL import Image
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    grain = rng.integers(0, 24, (size[1], size[0], 1), dtype=np.uint8)
    Image.fromarray(np.clip(np.asarray(coarse) + grain.astype(int), 0, 255).astype(np.uint8)).save(path, quality=90)

def _write_range(task):
    folder, ending, size, start, stop = task
    for i in range(start, stop): write_image(f'{folder}/{i:06}{ending}', size, i)

def write_images(folder, s):
    "The generated images: photos of 500x375 as JPEG, and tiny ones of 32x32 as PNG"
    tasks = []
    for name, n, ending, size in (('photos', s.photos, '.jpg', (500, 375)), ('tiny', s.tiny, '.png', (32, 32))):
        (folder/name).mkdir()
        step = max(1, n//64)
        tasks += [(str(folder/name), ending, size, i, min(n, i + step)) for i in range(0, n, step)]
    if len(tasks) < 4 or s is SMALL: list(map(_write_range, tasks))
    else:
        with ProcessPoolExecutor() as pool: list(pool.map(_write_range, tasks))

def image_table(folder, classes=10):
    "A table as `split_df` returns it, of a folder's images, with a sixteenth of them to validate on"
    import pandas as pd
    paths = sorted(map(str, folder.iterdir()))
    df = pd.DataFrame(dict(path=paths, label=[f'class {i%classes}' for i in range(len(paths))], split='train'))
    df.loc[df.index[-max(classes, len(df)//16):], 'split'] = 'valid'
    return df.assign(group=df.path, digest=df.path, width=500, height=375)

# --- measuring ---

class Measure:
    "What the parts share: device, sizes, the folder of images, and the figures found"
    def __init__(self, s, folder, out):
        import torch
        self.s, self.folder, self.out, self.part = s, Path(folder), out, '' # `out`: a file, a JSON object per line
        self.cuda = torch.cuda.is_available()
        self.device = torch.device('cuda' if self.cuda else 'cpu')

    def now(self):
        "Seconds, once the GPU is done"
        import torch
        if self.cuda: torch.cuda.synchronize()
        return time.perf_counter()

    def write(self, **what):
        "Add a line, at once: a part may be ended at any time"
        with open(self.out, 'a', encoding='utf-8') as f: f.write(json.dumps(what, default=float) + '\n')

    def add(self, what, unit, values, n, **more):
        "Record the median of the repetitions `values`"
        self.write(figure=dict(part=self.part, what=what, unit=unit, n=n, repetitions=len(values),
                               median=statistics.median(values), lowest=min(values), highest=max(values), **more))
        print(f"{self.part}: {what}: {statistics.median(values):.4g} {unit}", flush=True)
        return statistics.median(values)

    def seconds(self, f, repetitions=None, warm=1):
        "The seconds that each of some calls of `f` takes, after calls to warm up"
        for _ in range(warm): f()
        res = []
        for _ in range(repetitions or self.s.repetitions):
            start = self.now()
            f()
            res.append(self.now() - start)
        return res

def new_learner(dls, arch, **kwargs):
    "Our learner, untrained, all of its layers trainable"
    from fastai.vision.all import CrossEntropyLossFlat
    from logo_fastai.learner import build_learner
    learn = build_learner(dls, arch, pretrained=False, loss_func=CrossEntropyLossFlat(), **kwargs)
    learn.unfreeze()
    return learn

def forward_operations(arch, size):
    "Operations of one forward pass per image, counted layer by layer"
    import torch, torchvision
    from torch.utils.flop_counter import FlopCounterMode
    with FlopCounterMode(display=False) as count, torch.no_grad():
        torchvision.models.get_model(arch).eval()(torch.zeros(1, 3, size, size))
    return count.get_total_flops()

class RepeatedBatch:
    "A loader that returns one batch in memory again and again, so that loading costs nothing"
    dataset = None # `Learner` asks it for a loss function
    def __init__(self, xb, yb, n): self.batch, self.n, self.device, self.bs = (xb, yb), n, xb.device, len(xb)
    def __iter__(self): return (self.batch for _ in range(self.n))
    def __len__(self): return self.n
    def one_batch(self): return self.batch
    def to(self, device): return self

def batch_dls(m, size, bs, n, classes=10):
    "`DataLoaders` of a random batch"
    import torch
    from fastai.vision.all import DataLoaders
    xb, yb = torch.randn(bs, 3, size, size, device=m.device), torch.arange(bs, device=m.device) % classes
    dls = DataLoaders(RepeatedBatch(xb, yb, n), RepeatedBatch(xb[:2], yb[:2], 1), device=m.device)
    dls.vocab = [f'class {i}' for i in range(classes)]
    return dls

def _timed_fit(learn, epochs, timer):
    "Fit without validation; what `timer` found"
    from fastai.vision.all import Callback, CancelValidException
    class OnlyTraining(Callback):
        def before_validate(self): raise CancelValidException
    with learn.no_bar(), learn.no_logging(): learn.fit(epochs, 1e-4, cbs=[timer, OnlyTraining()])
    return timer.found

WARM = 5 # steps of each fit that are not timed

def fit_seconds(m, learn):
    "Seconds of all training steps of one epoch but the first ones"
    from fastai.vision.all import Callback
    class Timer(Callback):
        order = 100 # after everything that belongs to a step
        def after_batch(self):
            if self.train_iter == WARM: self.start = m.now()
        def after_train(self): self.found = m.now() - self.start
    return _timed_fit(learn, 1, Timer())

def epoch_rates(m, learn, n, repetitions=None):
    "Images per second of whole training epochs, loading included"
    from fastai.vision.all import Callback
    class Timer(Callback):
        order, found = 100, ()
        def before_train(self): self.start = m.now()
        def after_train(self): self.found = *self.found, n/(m.now() - self.start)
    return list(_timed_fit(learn, repetitions or m.s.repetitions, Timer()))

# --- the parts ---

def live_cells(path):
    "Source of the code cells of a notebook up to its last one for CUDA, without the slow ones; [] if it has none"
    cells = json.loads(path.read_text(encoding='utf-8'))['cells']
    cells = [(c['id'], ''.join(c['source'])) for c in cells if c['cell_type'] == 'code']
    last = max((i for i, (_, s) in enumerate(cells) if re.search(r'(?m)^#\|\s*cuda', s)), default=-1)
    return [(i, s) for i, s in cells[:last + 1] if not re.search(r'(?m)^#\|\s*(slow|eval:\s*false)|google\.colab', s)]

CELL_RUNNER = '''
import json, os, sys, traceback
os.chdir(sys.argv[1])
names, failed = dict(__name__='__main__', display=print), []
for name, source in json.load(sys.stdin):
    try: exec(compile(source, name, 'exec'), names)
    except Exception: # later cells may do all the same
        failed.append(name)
        print(f'\\ncell {name}', traceback.format_exc()[-1500:], sep='\\n')
if failed: sys.exit('failed: ' + ', '.join(failed))
'''

def cuda_cells(m):
    "Chapters of the library with cells for CUDA are run up to the last of them, all at the same time"
    found = {p: cells for p in sorted((ROOT/'nbs/library').rglob('*.ipynb')) if (cells := live_cells(p))}
    if not m.cuda: return dict(skipped='no CUDA', notebooks=[p.stem for p in found])
    def run(p, cells):
        start = time.perf_counter()
        res = subprocess.run([sys.executable, '-c', CELL_RUNNER, str(p.parent)], input=json.dumps(cells), text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, 'IN_TEST': '1'})
        m.add(f'cells of {p.stem}', 's', [time.perf_counter() - start], sum('cuda' in s for _, s in cells))
        return res.returncode and res.stdout[-6000:]
    with ThreadPoolExecutor() as pool: why = list(pool.map(run, found, found.values()))
    failed = {p.stem: o for p, o in zip(found, why, strict=True) if o}
    if failed: raise RuntimeError(json.dumps(failed))

class TorchLoop:
    "The least that trains, so that the cost of fastai's loop shows beside it"
    def __init__(self, m, dls):
        import torch, torchvision
        net = torchvision.models.get_model(m.s.arch, num_classes=10)
        self.m, self.dls, self.net = m, dls, net.to(m.device, memory_format=torch.channels_last)
        self.opt = torch.optim.SGD(net.parameters(), lr=1e-4, momentum=0.9)

    def seconds(self):
        import torch
        for i, (xb, yb) in enumerate(self.dls.train):
            if i == WARM: start = self.m.now()
            with torch.autocast(self.m.device.type, torch.bfloat16):
                loss = torch.nn.functional.cross_entropy(self.net(xb), yb)
            loss.backward()
            self.opt.step()
            self.opt.zero_grad()
        return self.m.now() - start

def _step_contestants(m, dls):
    "For each way to train: a function that builds it and returns one that gives the seconds of some steps"
    import torchvision
    from fastai.vision.all import CrossEntropyLossFlat, vision_learner
    def plain(mixed=False):
        learn = vision_learner(dls, getattr(torchvision.models, m.s.arch), n_out=10, pretrained=False, normalize=False,
                               loss_func=CrossEntropyLossFlat())
        learn.unfreeze()
        if mixed: learn.to_fp16()
        return lambda: fit_seconds(m, learn)
    def ours(compiled=False):
        learn = new_learner(dls, m.s.arch)
        if compiled: learn.model.compile()
        return lambda: fit_seconds(m, learn)
    res = {'plain fastai': plain, 'ours': ours, 'torch loop, bf16, channels last': lambda: TorchLoop(m, dls).seconds}
    if m.cuda: res |= {'plain fastai, to_fp16': lambda: plain(True), 'ours, compiled': lambda: ours(True)}
    return res

def step(m):
    "One training step, from a batch in memory to the next, and its share of what the GPU can do"
    import torch
    s, work = m.s, 3*forward_operations(m.s.arch, m.s.size)
    a, b = (torch.randn(s.matmul, s.matmul, device=m.device).to(torch.bfloat16) for _ in 'ab')
    taken = m.seconds(lambda: torch.matmul(a, b), 10, 3)
    product = 1e12*m.add('matrix product, bf16', 'TFLOP/s', [2e-12*s.matmul**3/o for o in taken], s.matmul)
    name = torch.cuda.get_device_name() if m.cuda else ''
    peak = next((v for k, v in BF16_PEAKS.items() if re.search(rf'\b{k}\b', name) and 'PCIe' not in name), None)
    dls = batch_dls(m, s.size, s.bs, s.steps + WARM)
    def measure(who, make): # a function, so that nothing holds the memory of a contestant when the next one comes
        start, run = m.now(), make()
        run()
        first, done = m.now() - start, [s.steps*s.bs/run() for _ in range(s.repetitions)]
        per_s = statistics.median(done)*work
        m.add(f'{s.arch} at {s.size} px, {who}', 'images/s', done, s.bs, steps=s.steps, first_s=first,
              operations_per_s=per_s, share_of_product=per_s/product, share_of_peak=peak and per_s/peak,
              peak_memory_bytes=torch.cuda.max_memory_allocated() if m.cuda else None)
    for who, make in _step_contestants(m, dls).items():
        if m.cuda: torch.cuda.empty_cache(); torch.cuda.reset_peak_memory_stats()
        try: measure(who, make)
        except Exception as e: # the other contestants are worth having
            m.write(figure=dict(part=m.part, what=who, error=f'{type(e).__name__}: {e}'[:2000]))
    return dict(operations_per_image=work, convention=CONVENTION, peak=peak)

def _loader_rates(m, dl, n):
    "Images per second of whole passes over a loader, the batches on the device"
    def read():
        for _ in dl: pass
    return [n/o for o in m.seconds(read, warm=2)] # the second pass decodes all images into the cache

def workers(m):
    "How many worker processes load, where they are compared with threads"
    from logo_fastai.machine import cores
    return min(cores(), 16) if m.cuda else 1

def loading(m):
    "Decoding JPEGs of 500x375 to batches on the GPU, and training from them"
    from fastai.vision.all import ImageDataLoaders, Normalize, RandomResizedCrop, aug_transforms, imagenet_stats
    from logo_fastai.data import build_dls
    s = m.s
    df, bs = image_table(m.folder/'photos'), min(64, s.photos//4) # at least as many batches as worker processes
    n = int((df.split == 'train').sum())//bs*bs # incomplete batches are dropped
    ours = {what: build_dls(df, sz=s.size, bs=bs, device=m.device, cache_images=cached)
            for what, cached in (('from files', False), ('from the cache of decoded images', True))}
    for what, dls in ours.items(): m.add(f'loading, ours, {what}', 'images/s', _loader_rates(m, dls.train, n), n)
    dls = build_dls(df, sz=s.size, bs=bs, device=m.device, num_workers=workers(m))
    rates = _loader_rates(m, dls.train, n)
    m.add('loading, ours, from files, worker processes', 'images/s', rates, n, workers=workers(m))
    plain = ImageDataLoaders.from_df(df.assign(is_valid=df.split == 'valid'), path='/', fn_col='path', device=m.device,
                                     label_col='label', valid_col='is_valid', bs=bs, num_workers=workers(m),
                                     item_tfms=RandomResizedCrop(s.size, min_scale=0.5),
                                     batch_tfms=[*aug_transforms(), Normalize.from_stats(*imagenet_stats)])
    m.add('loading, plain fastai', 'images/s', _loader_rates(m, plain.train, n), n, workers=workers(m))
    for what, dls in ours.items():
        learn = new_learner(dls, s.arch)
        m.add(f'{s.arch}, training epochs {what}', 'images/s', epoch_rates(m, learn, n), n)

def _training_rates(m, df, size, bs, archs):
    "Rates of epochs with the first of `archs`, loading in three ways, and of each without loading"
    from logo_fastai.data import build_dls
    n = int((df.split == 'train').sum())//bs*bs
    ways = {'files': {}, 'the cache': dict(cache_images=True), 'files, worker processes': dict(num_workers=workers(m))}
    for what, how in ways.items():
        dls = build_dls(df, sz=size, bs=bs, device=m.device, aug='scene', **dict(cache_images=False) | how)
        learn = new_learner(dls, archs[0])
        if what == 'the cache': epoch_rates(m, learn, n, 2) # the second epoch decodes all images into the cache
        m.add(f'{archs[0]} at {size} px, epochs from {what}', 'images/s', epoch_rates(m, learn, n), n, bs=bs)
    for arch in archs:
        learn = new_learner(batch_dls(m, size, bs, m.s.steps + WARM), arch)
        m.add(f'{arch} at {size} px, batch in memory', 'images/s',
              [m.s.steps*bs/fit_seconds(m, learn) for _ in range(m.s.repetitions)], bs)

def cifar(m):
    "Training on images of CIFAR-10's size"
    _training_rates(m, image_table(m.folder/'tiny'), 32, min(512, m.s.tiny//4),
                    ('scratch_compact', 'resnet18') if m.cuda else ('scratch_compact',))

def imagenette(m):
    "Training at 128 px on photos, as Imagenette's are"
    _training_rates(m, image_table(m.folder/'photos'), 128 if m.cuda else 32, min(128, m.s.photos//4),
                    ('resnet18',))

def features(m):
    "Features for the linear probe, from files to float16 rows, and the network alone"
    import torch
    from logo_fastai.data import build_dls
    from logo_fastai.features import extract_features
    from logo_fastai.learner import build_learner
    from logo_fastai.linear_probe import fit_linear_probe
    df = image_table(m.folder/'photos')
    n = int((df.split == 'train').sum())
    for arch in m.s.probes:
        learn = build_learner(build_dls(df, sz=m.s.size, device=m.device, cache_images=False), arch, pretrained=False)
        learn.freeze()
        body = learn.model[0].eval()
        os.environ['LOGO_FASTAI_CACHE'] = tempfile.mkdtemp(dir=m.folder)
        start = m.now()
        extract_features(learn, 0, body)
        m.add(f'{arch} at {m.s.size} px, features from files', 'images/s', [n/(m.now() - start)], n)
        m.add(f'{arch}, linear probe from cached features', 's', m.seconds(partial(fit_linear_probe, learn), warm=0), n)
        xb = torch.randn(32, 3, m.s.size, m.s.size, device=m.device).to(memory_format=torch.channels_last)
        with torch.no_grad():
            taken = m.seconds(lambda body=body, xb=xb: [body(xb) for _ in range(10)])
        m.add(f'{arch} at {m.s.size} px, network alone, float32', 'images/s', [320/o for o in taken], 32)

def probe(m):
    "The head in closed form, all decays with leave-one-out scores, on the CPU"
    import numpy as np
    from logo_fastai.ridge import RidgePath
    from logo_fastai.threads import one_thread
    rng = np.random.default_rng(0)
    def fit(x, y):
        path = RidgePath(x, y, 10)
        for decay in np.geomspace(10, 1e-4, 11): path.left_out(decay)
        return path.coefficients(0.1)
    for n in m.s.rows:
        x, y = rng.standard_normal((n, m.s.width), dtype=np.float32), np.arange(n) % 10
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        fit_these = partial(fit, x, y)
        with one_thread(): alone = m.seconds(fit_these, 3, 0)
        m.add(f'closed-form head, {m.s.width} features, one thread', 's', alone, n)
    m.add(f'closed-form head, {m.s.width} features, all threads', 's', m.seconds(fit_these, 3, 0), n) # the largest

def checkpoint(m):
    "FP16 training that is interrupted after an epoch and goes on in a new learner ends as if it had not been"
    import torch
    from fastai.vision.all import AMPMode, Callback
    from logo_fastai.callbacks import TrainMixedPrecision
    try: from logo_fastai.checkpoints import Checkpoint
    except ImportError: return dict(skipped='this version has no checkpoints')
    dls, scales, start = batch_dls(m, 64 if m.cuda else 16, 2, 6), [], None
    class Interrupt(Callback):
        order = Checkpoint.order + 1
        def after_step(self): scales.append(self.learn.scaler.get_scale())
        def after_epoch(self):
            if self.epoch == 0: raise KeyboardInterrupt
    def fit(folder, cbs=()):
        cb = TrainMixedPrecision(AMPMode.FP16, init_scale=2.**8, growth_interval=4) # it changes within an epoch
        learn = new_learner(dls, 'resnet18' if m.cuda else 'scratch_compact', precision='full', cbs=cb)
        learn.model.load_state_dict(start or learn.model.state_dict())
        weights = {k: v.clone() for k, v in learn.model.state_dict().items()}
        try:
            with learn.no_bar(), learn.no_logging(): learn.fit(2, 1e-3, cbs=[Checkpoint(folder), *cbs])
        except KeyboardInterrupt: pass
        return weights, learn.model
    with tempfile.TemporaryDirectory() as folder, torch.backends.cudnn.flags(benchmark=False, deterministic=True):
        start, whole = fit(Path(folder)/'whole')
        fit(Path(folder)/'halves', [Interrupt()])
        resumed = fit(Path(folder)/'halves')[1]
    pairs = list(zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True))
    largest = max(float((a - b).abs().max()) for a, b in pairs)
    if len(set(scales)) < 2: raise AssertionError(f'the gradient scale did not change: {scales}')
    if largest > 1e-5 or not all(a.isfinite().all() for a, _ in pairs):
        raise AssertionError(f'resumed weights are {largest} off those of the uninterrupted training')
    return dict(scales=scales, largest_difference=largest)

def onnxruntime(m):
    "ONNX Runtime on the GPU, where it is installed with CUDA"
    import io, numpy as np, onnxruntime as ort, torch, torchvision
    if 'CUDAExecutionProvider' not in ort.get_available_providers():
        return dict(skipped=f'onnxruntime {ort.__version__} has only {", ".join(ort.get_available_providers())}')
    net, buffer = torchvision.models.get_model(m.s.arch).eval(), io.BytesIO()
    x = np.random.default_rng(0).standard_normal((64, 3, m.s.size, m.s.size), dtype=np.float32)
    torch.onnx.export(net, torch.from_numpy(x[:2]), buffer, input_names=['x'], dynamic_axes={'x': {0: 'n'}},
                      dynamo=False)
    session = ort.InferenceSession(buffer.getvalue(), providers=['CUDAExecutionProvider'])
    taken = m.seconds(lambda: session.run(None, {'x': x}), 5, 3)
    m.add(f'{m.s.arch} at {m.s.size} px, ONNX Runtime', 'images/s', [64/o for o in taken], 64)

# --- running them ---

def run_parts(names, s, folder, out):
    "Run parts in this process; `out` gets a JSON line for each figure and, at its end, for each part"
    m = Measure(s, folder, out)
    for name in names:
        m.part, start = name, time.perf_counter()
        try: more = globals()[name](m) or {}
        except Exception: more = dict(error=traceback.format_exc()[-8000:])
        m.write(part=dict(part=name, seconds=time.perf_counter() - start, **more))

def _found(out, what):
    "The figures or parts in the lines of `out`"
    text = out.read_text(encoding='utf-8') if out.exists() else ''
    lines = [json.loads(o) for o in text.splitlines(True) if o.endswith('\n')]
    return [o[what] for o in lines if what in o]

def run_in_process(names, small, folder, end):
    "Parts and their figures, one by one, from a process of its own; it ends with a part that does not end, or at `end`"
    out, cache = folder/f'{names[0]}.jsonl', folder/f'cache-{names[0]}'
    cmd = [sys.executable, __file__, '--run', *names, '--folder', folder, '--out', out, *(['--small'] if small else [])]
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get('PYTHONPATH')])])
    p = subprocess.Popen(list(map(str, cmd)), start_new_session=True, # with a group of its own, to end all of it
                         env={**os.environ, 'LOGO_FASTAI_CACHE': str(cache), 'PYTHONPATH': path})
    start, n, why, running = time.monotonic(), 0, '', True
    def figures(part): return [o for o in _found(out, 'figure') if o['part'] == part]
    while running:
        time.sleep(0.2)
        running = p.poll() is None
        for o in _found(out, 'part')[n:]:
            start, n = time.monotonic(), n + 1
            yield o, figures(o['part'])
        limit = min(PARTS[names[min(n, len(names) - 1)]], end - start)
        if running and time.monotonic() > start + limit:
            why = f'not done after {limit:.0f} s'
            os.killpg(p.pid, signal.SIGKILL)
            p.wait()
    if n < len(names):
        error = why or f'the process ended with {p.returncode}'
        yield dict(part=names[n], seconds=time.monotonic() - start, error=error), figures(names[n])

ABOUT = '''
import json, sys
sys.path.insert(0, sys.argv[1])
import torch, logo_fastai
from logo_fastai.machine import commit, hardware, versions
names = 'fastai fastcore torch torchvision timm numpy scipy pillow simplejpeg onnxruntime'.split()
gpu = torch.cuda.get_device_properties(0) if torch.cuda.is_available() else None
print(json.dumps(dict(hardware=hardware(), gpu=gpu and gpu.name, gpu_memory_bytes=gpu and gpu.total_memory,
                      cuda=torch.version.cuda, cudnn=gpu and torch.backends.cudnn.version(), commit=commit(),
                      versions=dict(logo_fastai=logo_fastai.__version__, **versions(names)))))
'''

def about():
    "Hardware and versions, asked of a process of its own, so that this one has no hold of the GPU"
    out = subprocess.run([sys.executable, '-c', ABOUT, str(ROOT)], capture_output=True, text=True)
    if out.returncode: return dict(error=out.stderr[-2000:], gpu=None)
    return json.loads(out.stdout.splitlines()[-1])

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--out', default='gpu.json', help='the JSON file to write')
    p.add_argument('--small', action='store_true', help='in miniature; this is the default without a GPU')
    p.add_argument('--parts', nargs='+', choices=PARTS, default=list(PARTS), help='all, unless named')
    p.add_argument('--limit', type=float, default=450, help='seconds for everything; the rest is not run')
    p.add_argument('--run', nargs='+', help=argparse.SUPPRESS)
    p.add_argument('--folder', type=Path, help=argparse.SUPPRESS)
    args = p.parse_args()
    if args.run: return run_parts(args.run, SMALL if args.small else Sizes(), args.folder, args.out)
    start, out = time.perf_counter(), Path(args.out)
    report = dict(about(), date=time.strftime('%Y-%m-%d'), command=' '.join(sys.argv[1:]), parts=[], figures=[])
    report['small'] = small = args.small or not report['gpu']
    def spent(): return time.perf_counter() - start
    def write():
        report['seconds'] = spent()
        temporary = out.with_name(out.name + '.part') # a run that is cut off leaves what was measured before
        temporary.write_text(json.dumps(report, indent=1) + '\n', encoding='utf-8')
        os.replace(temporary, out)
    with tempfile.TemporaryDirectory() as folder:
        write_images(Path(folder), SMALL if small else Sizes())
        report['seconds_to_write_images'] = spent()
        end, names = time.monotonic() + args.limit - spent(), args.parts
        while names:
            if time.monotonic() < end - 10: found = run_in_process(names, small, Path(folder), end)
            else: found = [(dict(part=o, error='not run: no time was left'), []) for o in names]
            for part, figures in found:
                report['figures'] += figures
                report['parts'].append(part)
                write()
            names = args.parts[len(report['parts']):]
    failed = [o['part'] for o in report['parts'] if 'error' in o]
    failed += [o['what'] for o in report['figures'] if 'error' in o]
    print(f"{len(report['figures'])} figures in {spent():.0f} s, written to {out}" +
          (f"; failed: {', '.join(failed)}" if failed else ''))
    return int(bool(failed))

if __name__ == '__main__': sys.exit(main())
