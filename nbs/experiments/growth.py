"""Seconds and memory of one step of the library on N generated images, in a process of its own, as a line of JSON

python growth.py audit|features|probe|model|predict N FOLDER

FOLDER holds the images, of which those that are missing are made first, which is not timed. `model` leaves the
model there that `predict` takes.
"""
import json, resource, sys, time
from pathlib import Path
import numpy as np
from PIL import Image

SIZE, ARCH, CLASSES = 96, 'tf_efficientnet_lite0', 10

def images(folder, n):
    "The paths of `n` JPEG files of 96 px, all different, in ten folders"
    paths = [folder/'images'/f'class{i % CLASSES}'/f'{i:06}.jpg' for i in range(n)]
    for i, path in enumerate(paths):
        if path.exists(): continue
        path.parent.mkdir(parents=True, exist_ok=True)
        coarse = np.random.default_rng(i).integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((SIZE, SIZE), Image.Resampling.BICUBIC).save(path, quality=85)
    return paths

def labeled(paths):
    "A table of the images, named by their folder"
    import pandas as pd
    return pd.DataFrame(dict(path=list(map(str, paths)), label=[p.parent.name for p in paths]))

def learner(paths):
    "A frozen network and the images as its training part"
    import pandas as pd
    from logo_fastai.data import build_dls
    from logo_fastai.learner import build_learner
    df = labeled(paths).assign(split='train')
    df = pd.concat([df, df.head(CLASSES).assign(split='valid')], ignore_index=True)
    learn = build_learner(build_dls(df, sz=SIZE, test=0.), ARCH)
    learn.freeze()
    return learn

def audit(folder, n):
    from logo_fastai.images.audit import audit
    from logo_fastai.images.table import image_df
    df = labeled(images(folder, n))
    return lambda: audit(image_df(df))

def features(folder, n):
    from logo_fastai.features import extract_features
    learn = learner(images(folder, n))
    return lambda: extract_features(learn, 0)

def probe(folder, n):
    from logo_fastai.features import extract_features, split_last_layer
    from logo_fastai.linear_probe import fit_linear_probe
    learn = learner(images(folder, n))
    extract_features(learn, 0, split_last_layer(learn.model)[0]) # found in the cache by what is timed
    return lambda: fit_linear_probe(learn)

def model(folder, n):
    from logo_fastai.export import export_classifier
    learn = learner(images(folder, n))
    return lambda: export_classifier(learn, folder/'model')

def predict(folder, n):
    from logo_fastai.inference import Classifier
    paths, out, clf = images(folder, n), folder/f'predicted{n}.csv', Classifier(folder/'model')
    out.unlink(missing_ok=True)
    return lambda: clf.predict_folder(paths, out)

def measured(step, n, folder):
    "Seconds of a step, and the peak memory of this process"
    f = dict(audit=audit, features=features, probe=probe, model=model, predict=predict)[step](folder, n)
    start = time.perf_counter()
    f()
    seconds = time.perf_counter() - start
    return dict(step=step, n=n, seconds=seconds, mebibytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024)

if __name__ == '__main__': print(json.dumps(measured(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))))
