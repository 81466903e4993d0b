"What a user's editor and type checker see; checked by mypy, not run"
from pathlib import Path
from typing import assert_type
import numpy as np
from logo_fastai.inference import Classifier
from logo_fastai.interpret import Interpreter
from logo_fastai.learner import build_learner
from logo_fastai.data import build_dls
from logo_fastai.predictions import Prediction
from logo_fastai.runs.config import TrainConfig
from logo_fastai.runs.run import Run
from logo_fastai.serve.gallery import Gallery
from logo_fastai.train import train

folder = train(TrainConfig('my_images', epochs=3))
assert_type(folder, Path)
assert_type(Run(folder).config, TrainConfig)

clf = Classifier(folder)
assert_type(clf.predict('image.jpg'), Prediction)
assert_type(clf.heatmap('image.jpg'), np.ndarray)

gallery = Gallery.load('my_gallery', clf)
assert_type(gallery.add('brand', ['image.jpg']), int)
assert_type(gallery.predict('image.jpg').label, str)

learn = build_learner(build_dls('my_images', sz=128), 'resnet18')
interp = Interpreter.from_learner(learn, ds_idx=2)
assert_type(interp.metrics(), dict)
